// For those who serve an implementation from a process of its own, and for those who use one.
export { connectRuntime } from "./connect-runtime.ts";
export { connectSnapshotter } from "./connect-snapshotter.ts";
export type { Listener, ServeOptions, Serving } from "./serve.ts";
export { serveRuntime } from "./serve-runtime.ts";
export { serveSnapshotter } from "./serve-snapshotter.ts";
// For those who serve other services with the same errors.
export { fromConnectError, toConnectError } from "./connect-error.ts";
export type { ErrorInterceptorOptions } from "./error-interceptor.ts";
export { errorInterceptor } from "./error-interceptor.ts";

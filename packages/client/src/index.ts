// For Node, Deno and Bun; `web.ts` is the entry for browsers.
export { isOperationError, OperationError } from "@gantry/api";
export { specFromAny } from "@gantry/api/spec";
export { defaultAddress } from "./address.ts";
export type { ClientOptions } from "./node-client.ts";
export { createClient } from "./node-client.ts";
export type * from "./surface.ts";

import { RuntimeService } from "../gantry/runtime/v1/index.ts";
import type { Runtime } from "../runtime.ts";
import { runtimeService } from "./runtime-service.ts";
import { type Listener, type ServeOptions, type Serving, serve } from "./serve.ts";
import { ServedContainers } from "./served-containers.ts";

/**
 * Serves a runtime to other processes, as `gantry.runtime.v1.RuntimeService` over gRPC; {@link connectRuntime} is the
 * other end. The runtime is loaded first, so that callers find the containers of an earlier process by their names.
 *
 * Requests are taken as they come: that ids, specs and mounts are as they should be is checked by the runtime.
 *
 * @param runtime - stays the caller's, who closes it after the serving
 *
 * Rejects with
 * - `invalid-argument`: the address has a wrong form
 * - `already-exists`: somebody else listens there
 * - `not-found`, `permission-denied`: the address cannot be listened on
 * - whatever `runtime.load` rejects with
 */
export async function serveRuntime(runtime: Runtime, listener: Listener, options: ServeOptions = {}): Promise<Serving> {
  const containers = new ServedContainers();
  containers.load(await runtime.load());
  const service = runtimeService(runtime, containers);
  return serve(listener, { ...options, type: "runtime", routes: (router) => router.service(RuntimeService, service) });
}

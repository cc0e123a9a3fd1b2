import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { checkIdentifier } from "@gantry/api";
import type { ContainerService } from "@gantry/api/gantry/containers/v1";
import { exitToMessage } from "@gantry/api/wire";
import type { ContainerRef } from "../core/containers/container-ref.ts";
import type { Containers } from "../core/containers/containers.ts";
import type { StopRequest } from "../core/containers/stop-containers.ts";
import { namespaceOf } from "../interceptors/call-context.ts";

/** How long a container gets to end before it is killed, where nobody says. */
const stopTimeoutMs = 10_000;

type Methods = Pick<ServiceImpl<typeof ContainerService>, "stopContainer" | "restartContainer" | "listExits">;

/** The methods that stop and restart containers, and tell how they ended. */
export function supervisionMethods(containers: Containers): Methods {
  return {
    stopContainer: async (request, context) => {
      const options = { signal: context.signal };
      const exit = await containers.stops.stop(refOf(request, context), stopFrom(request), options);
      return exit === null ? {} : { exit: exitToMessage(exit) };
    },
    restartContainer: async (request, context) => {
      const options = { signal: context.signal };
      const state = await containers.stops.restart(refOf(request, context), stopFrom(request), options);
      return { pid: state.pid ?? state.exit?.pid ?? 0 };
    },
    listExits: (request, context) => {
      const exits = containers.pastExits(refOf(request, context));
      return { exits: exits.map(({ uid, run, exit }) => ({ uid: BigInt(uid), run, exit: exitToMessage(exit) })) };
    },
  };
}

function stopFrom(request: { readonly signal: string; readonly timeoutMs?: number | undefined }): StopRequest {
  return { signal: request.signal || "SIGTERM", timeoutMs: request.timeoutMs ?? stopTimeoutMs };
}

function refOf({ id }: { readonly id: string }, context: HandlerContext): ContainerRef {
  return { namespace: namespaceOf(context), id: checkIdentifier("container", id) };
}

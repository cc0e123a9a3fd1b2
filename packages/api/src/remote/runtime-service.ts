import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "../errors.ts";
import type { LoadedContainerSchema, RuntimeService } from "../gantry/runtime/v1/index.ts";
import type { LoadedContainer, Runtime } from "../runtime.ts";
import { errorDetailFrom, processStateToMessage } from "../wire/index.ts";
import {
  containerInfoToMessage,
  createRequestFromMessage,
  eventToMessage,
  runtimeInfoToMessage,
} from "./runtime-messages.ts";
import type { ServedContainers } from "./served-containers.ts";
import { containerMethods } from "./service-of-containers.ts";
import { processMethods } from "./service-of-processes.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * Makes the service that carries a runtime's contract.
 *
 * @param containers - what `runtime.load` found
 */
export function runtimeService(runtime: Runtime, containers: ServedContainers): ServiceImpl<typeof RuntimeService> {
  return { ...runtimeMethods(runtime, containers), ...containerMethods(containers), ...processMethods(containers) };
}

type RuntimeMethods = Pick<ServiceImpl<typeof RuntimeService>, "getInfo" | "create" | "load" | "streamEvents">;

function runtimeMethods(runtime: Runtime, containers: ServedContainers): RuntimeMethods {
  return {
    async getInfo(_request, { signal }) {
      return runtimeInfoToMessage(await runtime.info({ signal }), runtime);
    },
    async create(request, { signal }) {
      const container = await runtime.create(createRequestFromMessage(request), { signal });
      containers.add(container);
      // It is made, whatever is asked afterwards.
      const state = await container.state().catch(() => null);
      return { info: containerInfoToMessage(container.info), ...(state && { state: processStateToMessage(state) }) };
    },
    async load(_request, { signal }) {
      const loaded = await runtime.load({ signal });
      containers.load(loaded);
      return { containers: loaded.map(loadedToMessage) };
    },
    async *streamEvents(_request, { signal }) {
      if (runtime.events === undefined) {
        const { id } = await runtime.info({ signal });
        throw new OperationError("unimplemented", { type: "runtime", id }, "has no events, wait for processes instead");
      }
      for await (const event of untilAborted(runtime.events({ signal }), signal)) {
        yield eventToMessage(event);
      }
    },
  };
}

function loadedToMessage(entry: LoadedContainer): MessageInitShape<typeof LoadedContainerSchema> {
  const { namespace, id } = entry;
  if ("container" in entry) {
    const { info } = entry.container;
    return { info: containerInfoToMessage(info), execIds: entry.container.execs().map((process) => process.id) };
  }
  const error =
    entry.error instanceof OperationError
      ? entry.error
      : new OperationError("internal", { type: "container", id }, "cannot be loaded", { cause: entry.error });
  return { info: { namespace, id }, failure: errorDetailFrom(error) };
}

import type { ServiceImpl } from "@connectrpc/connect";
import type { RuntimeService } from "../gantry/runtime/v1/index.ts";
import { exitToMessage, outputFrameToMessage, processStateToMessage } from "../wire/index.ts";
import type { ServedContainers } from "./served-containers.ts";
import { untilAborted } from "./until-aborted.ts";

type ProcessMethods = Pick<
  ServiceImpl<typeof RuntimeService>,
  "getState" | "start" | "wait" | "resize" | "writeStdin" | "closeStdin" | "readOutput"
>;

/** The methods that act on a process: an exec, or the init process if none is named. */
export function processMethods(containers: ServedContainers): ProcessMethods {
  return {
    async getState(request, { signal }) {
      return { state: processStateToMessage(await containers.process(request.process).state({ signal })) };
    },
    async start(request, { signal }) {
      await containers.process(request.process).start({ signal });
      return {};
    },
    async wait(request, { signal }) {
      return { exit: exitToMessage(await containers.process(request.process).wait({ signal })) };
    },
    async resize(request, { signal }) {
      const { columns = 0, rows = 0 } = request.size ?? {};
      await containers.process(request.process).resize({ columns, rows }, { signal });
      return {};
    },
    async writeStdin(request, { signal }) {
      await containers.process(request.process).writeStdin(request.data, { signal });
      return {};
    },
    async closeStdin(request, { signal }) {
      await containers.process(request.process).closeStdin({ signal });
      return {};
    },
    async *readOutput(request, { signal }) {
      const { fromOffset, follow } = request;
      const output = containers.process(request.process).output({ fromOffset, follow, signal });
      yield {};
      for await (const frame of untilAborted(output, signal)) {
        yield { frame: outputFrameToMessage(frame) };
      }
    },
  };
}

import type { ServiceImpl } from "@connectrpc/connect";
import type { RuntimeService } from "../gantry/runtime/v1/index.ts";
import { exitToMessage, statsToMessage } from "../wire/index.ts";
import { anyFromMessage, execRequestFromMessage, signalFromMessage } from "./runtime-messages.ts";
import type { ServedContainers } from "./served-containers.ts";

type ContainerMethods = Pick<
  ServiceImpl<typeof RuntimeService>,
  "exec" | "kill" | "pause" | "resume" | "update" | "getStats" | "listProcesses" | "checkpoint" | "delete"
>;

/** The methods that act on a container, or on one of its processes if an exec is named. */
export function containerMethods(containers: ServedContainers): ContainerMethods {
  return {
    async exec(request, { signal }) {
      await containers.container(request.process).exec(execRequestFromMessage(request), { signal });
      return {};
    },
    async kill(request, { signal }) {
      const sent = signalFromMessage(request.signal);
      if (request.all) {
        await containers.container(request.process).kill(sent, { all: true, signal });
      } else {
        await containers.process(request.process).kill(sent, { signal });
      }
      return {};
    },
    async pause(request, { signal }) {
      await containers.container(request.container).pause({ signal });
      return {};
    },
    async resume(request, { signal }) {
      await containers.container(request.container).resume({ signal });
      return {};
    },
    async update(request, { signal }) {
      await containers.container(request.container).update(anyFromMessage(request.resources), { signal });
      return {};
    },
    async getStats(request, { signal }) {
      return { stats: statsToMessage(await containers.container(request.container).stats({ signal })) };
    },
    async listProcesses(request, { signal }) {
      const processes = await containers.container(request.container).processes({ signal });
      return { processes: processes.map(({ pid, id }) => ({ pid, id: id ?? "" })) };
    },
    async checkpoint(request, { signal }) {
      const { path, leaveRunning } = request;
      await containers.container(request.container).checkpoint({ path, leaveRunning, signal });
      return {};
    },
    async delete(request, { signal }) {
      if (request.process?.execId) {
        const exit = await containers.process(request.process).delete({ signal });
        return exit === null ? {} : { exit: exitToMessage(exit) };
      }
      const container = containers.container(request.process);
      const exit = await container.delete({ force: request.force, signal });
      containers.forget(container);
      return exit === null ? {} : { exit: exitToMessage(exit) };
    },
  };
}

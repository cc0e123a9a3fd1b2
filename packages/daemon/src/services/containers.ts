import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import { checkIdentifier, type ExecRequest, OperationError, type ProcessState } from "@gantry/api";
import type { ContainerService, CreateExecRequest } from "@gantry/api/gantry/containers/v1";
import {
  exitToMessage,
  labelsFromMessage,
  processStateToMessage,
  statsToMessage,
  stdioFromMessage,
} from "@gantry/api/wire";
import type { ContainerRef } from "../core/containers/container-ref.ts";
import type { Containers } from "../core/containers/containers.ts";
import { namespaceOf } from "../interceptors/call-context.ts";
import { anyFormFor, anyFromMessage } from "./any-form.ts";
import { containerToMessage, extensionsFromMessage, newContainerFrom, viewToMessage } from "./container-messages.ts";
import { attach, runSession } from "./container-streams.ts";
import { supervisionMethods } from "./container-supervision.ts";
import { streamStats } from "./stats-stream.ts";

type Methods = ServiceImpl<typeof ContainerService>;

/** Serves `gantry.containers.v1.ContainerService`. */
export function createContainerService(containers: Containers): Methods {
  return {
    ...recordMethods(containers),
    ...lifeMethods(containers),
    ...supervisionMethods(containers),
    ...resourceMethods(containers),
    ...execMethods(containers),
    ...inputMethods(containers),
    attach: (request, context) => attach(containers, { ref: refOf(request, context), request, signal: context.signal }),
    session: (requests, context) =>
      runSession(containers, { namespace: namespaceOf(context), requests, signal: context.signal }),
  };
}

function recordMethods(
  containers: Containers,
): Pick<Methods, "createContainer" | "getContainer" | "listContainers" | "updateContainer" | "deleteContainer"> {
  return {
    createContainer: async (request, context) => {
      const view = await containers.create(newContainerFrom(namespaceOf(context), request), context.signal);
      return { container: containerToMessage(view.record, anyFormFor(context)), pid: view.state.pid ?? 0 };
    },
    getContainer: async (request, context) => {
      return { container: viewToMessage(await containers.get(refOf(request, context)), anyFormFor(context)) };
    },
    listContainers: async ({ filters }, context) => {
      const views = await containers.list(namespaceOf(context), filters);
      return { containers: views.map((view) => viewToMessage(view, anyFormFor(context))) };
    },
    updateContainer: async ({ container, updateMask }, context) => {
      const ref = refOf({ id: container?.id ?? "" }, context);
      const labels = labelsFromMessage(container?.labels ?? {});
      const extensions = container === undefined ? new Map() : extensionsFromMessage(container);
      const record = await containers.update(ref, { labels, extensions }, updateMask?.paths ?? []);
      return { container: containerToMessage(record, anyFormFor(context)) };
    },
    deleteContainer: async (request, context) => {
      const { force } = request;
      const exit = await containers.delete(refOf(request, context), { force, signal: context.signal });
      return exit === null ? {} : { exit: exitToMessage(exit) };
    },
  };
}

function lifeMethods(
  containers: Containers,
): Pick<Methods, "startContainer" | "killContainer" | "pauseContainer" | "resumeContainer" | "waitContainer"> {
  return {
    startContainer: async (request, context) => {
      const state = await containers.start(refOf(request, context), context.signal);
      return { pid: state.pid ?? state.exit?.pid ?? 0 };
    },
    killContainer: async (request, context) => {
      const { execId, signal, all } = request;
      const ref = refOf(request, context);
      if (all && execId !== "") {
        throw new OperationError(
          "invalid-argument",
          { type: "process", id: execId },
          "all and exec_id exclude each other",
        );
      }
      const options = { signal: context.signal };
      const word = signal || "SIGTERM";
      if (execId !== "") await containers.execs.find(ref, execId).kill(word, options);
      else await containers.stops.kill(ref, { signal: word, all }, options);
      return {};
    },
    pauseContainer: async (request, context) => {
      await containers.pause(refOf(request, context), context.signal);
      return {};
    },
    resumeContainer: async (request, context) => {
      await containers.resume(refOf(request, context), context.signal);
      return {};
    },
    waitContainer: async (request, context) => {
      const exit = await containers.wait(refOf(request, context), request.execId, { signal: context.signal });
      return { exit: exitToMessage(exit) };
    },
  };
}

function resourceMethods(
  containers: Containers,
): Pick<Methods, "listProcesses" | "updateResources" | "getStats" | "streamStats" | "checkpointContainer"> {
  return {
    listProcesses: async (request, context) => {
      const processes = await containers.live(refOf(request, context)).processes({ signal: context.signal });
      return { processes: processes.map(({ pid, id }) => ({ pid, id: id ?? "" })) };
    },
    updateResources: async (request, context) => {
      const resources = anyFromMessage(request.resources) ?? { typeUrl: "", value: new Uint8Array() };
      await containers.live(refOf(request, context)).update(resources, { signal: context.signal });
      return {};
    },
    getStats: async (request, context) => {
      const stats = await containers.live(refOf(request, context)).stats({ signal: context.signal });
      return { stats: statsToMessage(stats) };
    },
    streamStats: (request, context) => {
      return streamStats(containers.live(refOf(request, context)), request.intervalMs, context.signal);
    },
    checkpointContainer: async (request, context) => {
      const { path, leaveRunning } = request;
      await containers.stops.checkpoint(refOf(request, context), { path, leaveRunning, signal: context.signal });
      return {};
    },
  };
}

function execMethods(containers: Containers): Pick<Methods, "createExec" | "startExec" | "getExec" | "deleteExec"> {
  return {
    createExec: async (request, context) => {
      const ref = refOf(request, context);
      if (request.start) {
        return { started: true, pid: pidOf(await containers.execs.run(ref, execFrom(request), context.signal)) };
      }
      await containers.execs.create(ref, execFrom(request), context.signal);
      return { started: false };
    },
    startExec: async (request, context) => {
      const state = await containers.execs.start(refOf(request, context), request.execId, context.signal);
      return { pid: pidOf(state) };
    },
    getExec: async (request, context) => {
      const state = await containers.execs
        .find(refOf(request, context), request.execId)
        .state({ signal: context.signal });
      return { exec: { containerId: request.id, id: request.execId, state: processStateToMessage(state) } };
    },
    deleteExec: async (request, context) => {
      const exit = await containers.execs.delete(refOf(request, context), request.execId, context.signal);
      return exit === null ? {} : { exit: exitToMessage(exit) };
    },
  };
}

function inputMethods(containers: Containers): Pick<Methods, "writeStdin" | "closeStdin" | "resizeTerminal"> {
  return {
    writeStdin: async (request, context) => {
      const process = containers.execs.find(refOf(request, context), request.execId);
      await process.writeStdin(request.data, { signal: context.signal });
      return {};
    },
    closeStdin: async (request, context) => {
      await containers.execs.find(refOf(request, context), request.execId).closeStdin({ signal: context.signal });
      return {};
    },
    resizeTerminal: async (request, context) => {
      const { columns, rows } = request.size ?? { columns: 0, rows: 0 };
      const process = containers.execs.find(refOf(request, context), request.execId);
      await process.resize({ columns, rows }, { signal: context.signal });
      return {};
    },
  };
}

function execFrom(request: CreateExecRequest): ExecRequest {
  const process = anyFromMessage(request.process) ?? { typeUrl: "", value: new Uint8Array() };
  return { id: request.execId, process, stdio: stdioFromMessage(request.stdio) };
}

/** 0 where the process has none. */
function pidOf({ pid, exit }: ProcessState): number {
  return pid ?? exit?.pid ?? 0;
}

function refOf({ id }: { readonly id: string }, context: HandlerContext): ContainerRef {
  return { namespace: namespaceOf(context), id: checkIdentifier("container", id) };
}

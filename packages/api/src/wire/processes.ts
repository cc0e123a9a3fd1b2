import { create } from "@bufbuild/protobuf";
import type {
  Exit as ExitMessage,
  OutputFrame as OutputFrameMessage,
  ProcessState as ProcessStateMessage,
  Stdio as StdioMessage,
} from "../gantry/types/v1/index.ts";
import {
  ExitSchema,
  OutputFrameSchema,
  OutputStream,
  ProcessStateSchema,
  ProcessStatus as StatusCode,
  StdioSchema,
} from "../gantry/types/v1/index.ts";
import type { Exit, OutputFrame, ProcessState, ProcessStatus, Stdio } from "../process.ts";
import { dateFromMessage, dateToMessage } from "./values.ts";

const statusCodes = {
  created: StatusCode.CREATED,
  running: StatusCode.RUNNING,
  paused: StatusCode.PAUSED,
  stopped: StatusCode.STOPPED,
  unknown: StatusCode.UNKNOWN,
} as const satisfies Record<ProcessStatus, StatusCode>;

const statusWords: ReadonlyMap<StatusCode, ProcessStatus> = new Map([
  [StatusCode.CREATED, "created"],
  [StatusCode.RUNNING, "running"],
  [StatusCode.PAUSED, "paused"],
  [StatusCode.STOPPED, "stopped"],
]);

export function exitToMessage(exit: Exit): ExitMessage {
  const { pid, status, oomKilled } = exit;
  return create(ExitSchema, { pid, status, oomKilled, exitedAt: dateToMessage(exit.exitedAt) });
}

export function exitFromMessage(message: ExitMessage): Exit {
  const { pid, status, oomKilled } = message;
  return { pid, status, oomKilled, exitedAt: dateFromMessage(message.exitedAt) };
}

export function processStateToMessage(state: ProcessState): ProcessStateMessage {
  return create(ProcessStateSchema, {
    status: statusCodes[state.status],
    pid: state.pid ?? 0,
    ...(state.exit === null ? {} : { exit: exitToMessage(state.exit) }),
  });
}

export function processStateFromMessage(message: ProcessStateMessage | undefined): ProcessState {
  const status = statusWords.get(message?.status ?? StatusCode.UNKNOWN) ?? "unknown";
  const exit = message?.exit === undefined ? null : exitFromMessage(message.exit);
  return { status, pid: message?.pid || null, exit };
}

export function outputFrameToMessage(frame: OutputFrame): OutputFrameMessage {
  return create(OutputFrameSchema, {
    stream: frame.stream === "stderr" ? OutputStream.STDERR : OutputStream.STDOUT,
    data: new Uint8Array(frame.data),
    nextOffset: frame.nextOffset,
    writtenAt: dateToMessage(frame.writtenAt),
  });
}

export function outputFrameFromMessage(message: OutputFrameMessage): OutputFrame {
  return {
    stream: message.stream === OutputStream.STDERR ? "stderr" : "stdout",
    data: message.data,
    nextOffset: message.nextOffset,
    writtenAt: dateFromMessage(message.writtenAt),
  };
}

export function stdioToMessage(stdio: Stdio): StdioMessage {
  switch (stdio.kind) {
    case "none":
      return create(StdioSchema, { kind: { case: "none", value: {} } });
    case "log":
      return create(StdioSchema, { kind: { case: "log", value: { stdin: stdio.stdin ?? false } } });
    case "pipes": {
      const { stdin = "", stdout = "", stderr = "" } = stdio;
      return create(StdioSchema, { kind: { case: "pipes", value: { stdin, stdout, stderr } } });
    }
  }
}

export function stdioFromMessage(message: StdioMessage | undefined): Stdio {
  const kind = message?.kind;
  switch (kind?.case) {
    case "log":
      return { kind: "log", stdin: kind.value.stdin };
    case "pipes": {
      const { stdin, stdout, stderr } = kind.value;
      return { kind: "pipes", ...(stdin && { stdin }), ...(stdout && { stdout }), ...(stderr && { stderr }) };
    }
    default:
      return { kind: "none" };
  }
}

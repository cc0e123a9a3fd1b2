import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import {
  ExitSchema,
  OutputFrameSchema,
  ProcessStateSchema,
  ProcessStatus as StatusCode,
  StdioSchema,
} from "../gantry/types/v1/index.ts";
import type { Exit, OutputFrame, ProcessState, ProcessStatus, Stdio } from "../process.ts";
import {
  exitFromMessage,
  exitToMessage,
  outputFrameFromMessage,
  outputFrameToMessage,
  processStateFromMessage,
  processStateToMessage,
  stdioFromMessage,
  stdioToMessage,
} from "./processes.ts";

/** What is left of a message after its way as bytes. */
function sent<T extends DescMessage>(schema: T, message: MessageShape<T>): MessageShape<T> {
  return fromBinary(schema, toBinary(schema, message));
}

const exit: Exit = { pid: 2 ** 32 - 1, status: 255, exitedAt: new Date(-1), oomKilled: true };

describe("an exit as a message", () => {
  it("is the same afterwards", () => {
    for (const one of [exit, { pid: 0, status: 0, exitedAt: new Date(0), oomKilled: false }]) {
      assert.deepEqual(exitFromMessage(sent(ExitSchema, exitToMessage(one))), one);
    }
  });
});

describe("a state as a message", () => {
  const words: readonly ProcessStatus[] = ["created", "running", "paused", "stopped", "unknown"];
  for (const status of words) {
    it(`is the same afterwards: ${status}`, () => {
      const state: ProcessState = {
        status,
        pid: status === "running" ? 7 : null,
        exit: status === "stopped" ? exit : null,
      };
      assert.deepEqual(processStateFromMessage(sent(ProcessStateSchema, processStateToMessage(state))), state);
    });
  }

  it("is unknown where nobody tells, or tells in a word of a newer version", () => {
    const unknown = { status: "unknown", pid: null, exit: null };
    assert.deepEqual(processStateFromMessage(undefined), unknown);
    for (const status of [StatusCode.UNSPECIFIED, 99 as StatusCode]) {
      assert.deepEqual(processStateFromMessage(create(ProcessStateSchema, { status })), unknown);
    }
  });
});

describe("a frame of output as a message", () => {
  it("is the same afterwards, whatever the bytes", () => {
    const all = new Uint8Array(256).map((_, index) => index);
    for (const stream of ["stdout", "stderr"] as const) {
      for (const data of [all, new Uint8Array()]) {
        const frame: OutputFrame = { stream, data, nextOffset: 2n ** 64n - 1n, writtenAt: new Date(1) };
        assert.deepEqual(outputFrameFromMessage(sent(OutputFrameSchema, outputFrameToMessage(frame))), frame);
      }
    }
  });

  it("holds bytes of its own, so that a buffer can be used again", () => {
    const data = new Uint8Array([1, 2]);
    const message = outputFrameToMessage({ stream: "stdout", data, nextOffset: 0n, writtenAt: new Date(0) });
    data.fill(9);
    assert.deepEqual(message.data, new Uint8Array([1, 2]));
  });
});

describe("stdio as a message", () => {
  const kinds: readonly Stdio[] = [
    { kind: "none" },
    { kind: "log", stdin: true },
    { kind: "log", stdin: false },
    { kind: "pipes", stdin: "/in", stdout: "/out", stderr: "/err" },
    { kind: "pipes", stdout: "/out" },
    { kind: "pipes" },
  ];
  for (const stdio of kinds) {
    it(`is the same afterwards: ${JSON.stringify(stdio)}`, () => {
      assert.deepEqual(stdioFromMessage(sent(StdioSchema, stdioToMessage(stdio))), stdio);
    });
  }

  it("is without input unless the log asks for it", () => {
    assert.deepEqual(stdioFromMessage(stdioToMessage({ kind: "log" })), { kind: "log", stdin: false });
  });

  it("is none where it is absent, or of a kind of a newer version", () => {
    assert.deepEqual(stdioFromMessage(undefined), { kind: "none" });
    assert.deepEqual(stdioFromMessage(create(StdioSchema)), { kind: "none" });
  });
});

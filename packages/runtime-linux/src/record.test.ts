import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Stdio } from "@gantry/api";
import {
  type ContainerRecord,
  type ExecRecord,
  readContainerRecord,
  readExecRecord,
  readExit,
  writeContainerRecord,
  writeExecRecord,
  writeExit,
} from "./record.ts";
import { throwsWith } from "./testing/throws.ts";

const subject = { type: "container", id: "c1" } as const;
const identity = { pid: 42, startTime: 2n ** 63n, bootId: "boot" };
const container: ContainerRecord = {
  namespace: "default",
  id: "c1",
  createdAt: new Date("2026-11-24T06:39:43.173Z"),
  stdio: { kind: "none" },
  terminal: false,
  cgroupsPath: "/gantry-x",
  ownsPidNamespace: true,
  hooks: ["poststop"],
  usesRdt: false,
  usesStartFifo: true,
  init: identity,
  restore: null,
  rootfs: [],
};
const exec: ExecRecord = {
  id: "e1",
  createdAt: new Date("2026-11-24T06:39:43.173Z"),
  stdio: { kind: "log", stdin: true },
  terminal: true,
  phase: "started",
  identity,
};

describe("records", () => {
  const streams: readonly Stdio[] = [
    { kind: "none" },
    { kind: "log", stdin: false },
    { kind: "log", stdin: true },
    { kind: "pipes" },
    { kind: "pipes", stdin: "/a", stdout: "/b", stderr: "/c" },
  ];
  for (const stdio of streams) {
    it(`come back as they were: container with ${JSON.stringify(stdio)}`, () => {
      assert.deepEqual(readContainerRecord(writeContainerRecord({ ...container, stdio }), subject), {
        ...container,
        stdio,
      });
    });
  }

  it("come back as they were: container of a checkpoint in every phase", () => {
    for (const phase of ["prepared", "starting", "started"] as const) {
      const record: ContainerRecord = {
        ...container,
        restore: { images: "/images", phase },
        init: phase === "started" ? identity : null,
      };
      assert.deepEqual(readContainerRecord(writeContainerRecord(record), subject), record);
    }
  });

  it("come back without a checkpoint where they are of a version that had none", () => {
    const { restore: _, ...before }: Record<string, unknown> = JSON.parse(writeContainerRecord(container));
    assert.deepEqual(readContainerRecord(JSON.stringify(before), subject), container);
  });

  it("come back as they were: exec in every phase", () => {
    assert.deepEqual(readExecRecord(writeExecRecord(exec), subject), exec);
    for (const phase of ["prepared", "starting"] as const) {
      const record: ExecRecord = { ...exec, phase, identity: null };
      assert.deepEqual(readExecRecord(writeExecRecord(record), subject), record);
    }
  });

  it("come back as they were: exit", () => {
    const exit = { pid: 42, status: 137, exitedAt: new Date("2026-11-24T06:39:43.173Z"), oomKilled: true };
    assert.deepEqual(readExit(writeExit(exit), subject), exit);
  });

  for (const text of ["", "{", "null", "[]", "{}", '{"version":2}', '"x"']) {
    it(`are refused with data-loss where they are ${JSON.stringify(text)}`, () => {
      throwsWith("data-loss", () => readContainerRecord(text, subject));
      throwsWith("data-loss", () => readExecRecord(text, subject));
      throwsWith("data-loss", () => readExit(text, subject));
    });
  }

  const damaged: Readonly<Record<string, readonly unknown[]>> = {
    namespace: [1, null],
    createdAt: ["yesterday", 5],
    stdio: [null, {}, { kind: "other" }],
    terminal: ["no"],
    hooks: [{}],
    usesStartFifo: [undefined],
    restore: [5, { images: 5, phase: "prepared" }],
    init: [
      null,
      {},
      { pid: "1", startTime: "1", bootId: "b" },
      { pid: 1, startTime: "-1", bootId: "b" },
      { pid: 1, startTime: "1" },
    ],
  };
  for (const [field, values] of Object.entries(damaged)) {
    for (const value of values) {
      it(`are refused with data-loss that names the field: ${field} ${JSON.stringify(value)}`, () => {
        const document: object = JSON.parse(writeContainerRecord(container));
        const text = JSON.stringify({ ...document, [field]: value });
        assert.match(
          throwsWith("data-loss", () => readContainerRecord(text, subject)).message,
          new RegExp(`no valid ${field}`),
        );
      });
    }
  }
});

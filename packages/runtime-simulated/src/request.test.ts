import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { type CreateRequest, type ErrorKind, OperationError } from "@gantry/api";
import { type OciProcess, type OciSpec, resourcesToAny, specToAny } from "@gantry/api/spec";
import { processRecordOf, recordOf, updatedLimits } from "./request.ts";
import { nothing, requestFor } from "./testing/made.ts";

const log = { kind: "log", stdin: true } as const;

function withSpec(change: object, more: Partial<CreateRequest> = {}): CreateRequest {
  const spec: OciSpec = { ociVersion: "1.0.2", process: { args: ["cat"], cwd: "/" }, ...change };
  return requestFor([], { spec: specToAny(spec), ...more });
}

/** Asserts that something throws an error of that kind about that subject. */
function refuses(kind: ErrorKind, subject: string, call: () => unknown): void {
  assert.throws(call, (error: unknown) => {
    assert.ok(error instanceof OperationError, String(error));
    assert.deepEqual({ kind: error.kind, subject: error.subject.id }, { kind, subject });
    return true;
  });
}

describe("recordOf", () => {
  it("makes a record of a container that was just created", () => {
    const record = recordOf(withSpec({ hostname: "box" }), 77);
    const { namespace, id, createdAt, hostname, root, isPaused } = record;
    assert.deepEqual(
      { namespace, id, createdAt, hostname, root, isPaused },
      { namespace: "tests", id: "c1", createdAt: 77, hostname: "box", root: null, isPaused: false },
    );
    assert.deepEqual(
      record.processes.map((process) => [process.id, process.status, process.keepsOutput, process.hasInput]),
      [["c1", "created", true, false]],
    );
    assert.deepEqual(JSON.parse(JSON.stringify(record)), record);
  });

  it("names the host after the container where the spec does not", () => {
    assert.equal(recordOf(withSpec({}), 0).hostname, "c1");
  });

  it("takes limits from the spec", () => {
    const resources = { memory: { limit: 4_096 }, pids: { limit: -1 } };
    assert.deepEqual(recordOf(withSpec({ linux: { resources } }), 0).limits, { memoryBytes: 4_096, pids: null });
  });

  it("takes the last bind mount of the root for the root's files", () => {
    const bind = { type: "bind", source: tmpdir(), target: "", options: ["rbind"] };
    assert.equal(recordOf(withSpec({}, { rootfs: [bind] }), 0).root, tmpdir());
    assert.equal(recordOf(withSpec({}, { rootfs: [nothing, { ...bind, target: "data" }] }), 0).root, null);
    const missing = { ...bind, source: "/nowhere/at/all" };
    refuses("not-found", missing.source, () => recordOf(withSpec({}, { rootfs: [missing] }), 0));
  });

  it("refuses a spec without process, mounts that are none, and options", () => {
    const options = { typeUrl: "x", value: new Uint8Array() };
    refuses("invalid-argument", "process", () => recordOf(withSpec({ process: undefined }), 0));
    refuses("invalid-argument", "process", () => recordOf(withSpec({ process: [] }), 0));
    refuses("invalid-argument", "c1", () => recordOf(withSpec({}, { rootfs: [] }), 0));
    refuses("invalid-argument", "c1", () => recordOf(withSpec({}, { options }), 0));
  });

  it("refuses limits that are no integers, and names them", () => {
    for (const [name, resources] of [
      ["memory", { memory: 5 }],
      ["memory.limit", { memory: { limit: "much" } }],
      ["cpu.quota", { cpu: { quota: 0.5 } }],
      ["pids.limit", { pids: { limit: [] } }],
    ] as const) {
      refuses("invalid-argument", `linux.resources.${name}`, () => recordOf(withSpec({ linux: { resources } }), 0));
    }
  });
});

describe("processRecordOf", () => {
  const make = (change: object) => {
    const process: OciProcess = { args: ["cat"], cwd: "/", ...change };
    return processRecordOf("e1", process, log);
  };

  it("keeps what the programs need", () => {
    const { id, args, env, cwd, terminal, hasInput } = make({ env: ["A=1"], cwd: "/dir", terminal: true });
    assert.deepEqual(
      { id, args, env, cwd, terminal, hasInput },
      { id: "e1", args: ["cat"], env: ["A=1"], cwd: "/dir", terminal: true, hasInput: true },
    );
  });

  it("refuses properties that cannot be applied, and names them", () => {
    for (const [property, change] of [
      ["args", { args: undefined }],
      ["args", { args: [] }],
      ["args", { args: [""] }],
      ["args", { args: ["a\0"] }],
      ["args", { args: "cat" }],
      ["cwd", { cwd: "relative" }],
      ["cwd", { cwd: undefined }],
      ["env", { env: ["NOVALUE"] }],
      ["env", { env: ["=x"] }],
      ["env", { env: "A=1" }],
      ["terminal", { terminal: "yes" }],
      ["user", { user: 5 }],
      ["user.uid", { user: { uid: -1 } }],
      ["user.gid", { user: { gid: 2 ** 32 - 1 } }],
    ] as const) {
      refuses("invalid-argument", `process.${property}`, () => make(change));
    }
  });

  it("knows root and numbers for users, and says of others that they are not there", () => {
    for (const username of ["", "root", "0", "1000:1000", "root:root", "1000:root"]) make({ user: { username } });
    for (const username of ["nobody", "root:users", "rooty"]) {
      refuses("not-found", "process.user.username", () => make({ user: { username } }));
    }
  });

  it("has no pipes", () => {
    refuses("unimplemented", "e1", () => processRecordOf("e1", { args: ["cat"], cwd: "/" }, { kind: "pipes" }));
  });

  it("keeps no output, and has no input, where there is no log", () => {
    const { keepsOutput, hasInput } = processRecordOf("e1", { args: ["cat"], cwd: "/" }, { kind: "none" });
    assert.deepEqual([keepsOutput, hasInput], [false, false]);
  });
});

describe("updatedLimits", () => {
  const before = { memoryBytes: 1_000, pids: 10 };

  it("changes what is named, and nothing else", () => {
    assert.deepEqual(updatedLimits(resourcesToAny({ memory: { limit: 5 } }), before), { memoryBytes: 5, pids: 10 });
    assert.deepEqual(updatedLimits(resourcesToAny({ pids: { limit: -1 } }), before), {
      memoryBytes: 1_000,
      pids: null,
    });
    assert.deepEqual(updatedLimits(resourcesToAny({}), before), before);
  });

  it("refuses what is no limits", () => {
    refuses("invalid-argument", "nothing", () =>
      updatedLimits({ typeUrl: "nothing", value: new Uint8Array() }, before),
    );
  });
});

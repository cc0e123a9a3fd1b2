import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ContainerSchema, ContainerStatusSchema } from "@gantry/api/gantry/containers/v1";
import { ProcessStatus } from "@gantry/api/gantry/types/v1";
import { dateToMessage } from "@gantry/api/wire";
import { type ContainerRequest, recordFrom, requestToMessage, statusFrom } from "./container-record.ts";

const at = new Date(1_700_000_000_000);
const spec = {
  typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Spec",
  value: new TextEncoder().encode("{}"),
};

describe("a request for a container", () => {
  it("leaves to the daemon what it does not say", () => {
    const { container, rootfs, stdio } = requestToMessage({ id: "a", spec, snapshot: { key: "k" } });
    const { spec: packed, labels, ...rest } = container;
    assert.equal(packed.typeUrl, spec.typeUrl);
    assert.deepEqual(rest, {
      ...{ id: "a", snapshotKey: "k", snapshotter: "", ownsSnapshot: false, extensions: {} },
      ...{ image: "", runtime: "", deleteOnExit: false },
    });
    assert.deepEqual([Object.keys(labels), rootfs, stdio.kind.case], [[], [], "none"]);
  });

  it("comes back as the record it asked for", () => {
    const request: ContainerRequest = {
      ...{ id: "a", spec, image: "busybox", runtime: "linux", labels: new Map([["l", "1"]]) },
      snapshot: { key: "k", snapshotter: "overlay", owned: true },
      extensions: new Map([["e", spec]]),
      restartPolicy: { mode: "on-failure", maxRestarts: 4 },
      healthCheck: { args: ["true"], intervalMs: 1_000, timeoutMs: 500, retries: 2, startPeriodMs: 10 },
    };
    const { container } = requestToMessage(request);
    const stamps = { createdAt: dateToMessage(at), updatedAt: dateToMessage(at) };
    assert.deepEqual(recordFrom(create(ContainerSchema, { ...container, ...stamps })), {
      ...{ id: "a", spec, image: "busybox", runtime: "linux", labels: request.labels, extensions: request.extensions },
      ...{ snapshot: { key: "k", snapshotter: "overlay" }, ownsSnapshot: true, deleteOnExit: false },
      ...{ restartPolicy: request.restartPolicy, healthCheck: request.healthCheck, createdAt: at, updatedAt: at },
    });
  });
});

describe("the status of a container", () => {
  const container = { id: "a", spec, createdAt: dateToMessage(at), updatedAt: dateToMessage(at) };

  it("has a record, a state, and what the daemon does about it", () => {
    const message = create(ContainerStatusSchema, {
      container,
      state: { status: ProcessStatus.RUNNING, pid: 41 },
      supervision: { run: 2, restarts: 1 },
    });
    const { id, snapshot, state, supervision, restartPolicy, healthCheck } = statusFrom(message);
    assert.deepEqual([id, snapshot, state], ["a", null, { status: "running", pid: 41, exit: null }]);
    assert.deepEqual([supervision.run, supervision.restarts, supervision.desired], [2, 1, null]);
    assert.deepEqual([restartPolicy, healthCheck], [{ mode: "no" }, null]);
  });

  it("says why it is not known", () => {
    const { state, reason } = statusFrom(create(ContainerStatusSchema, { container, reason: "asleep" }));
    assert.deepEqual([state.status, reason], ["unknown", "asleep"]);
  });

  it("is an error of the daemon's where it has no record", () => {
    assert.throws(() => statusFrom(create(ContainerStatusSchema)), /container/);
    assert.throws(() => statusFrom(undefined), /container/);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { SnapshotSchema } from "../gantry/snapshots/v1/index.ts";
import { MountSchema } from "../gantry/types/v1/index.ts";
import type { SnapshotInfo } from "../snapshotter.ts";
import { mountFromMessage, mountToMessage } from "./mounts.ts";
import { snapshotFromMessage, snapshotToMessage } from "./snapshots.ts";

const committed: SnapshotInfo = {
  name: "sha256:0123",
  kind: "committed",
  parent: "sha256:4567",
  readonly: false,
  labels: new Map([["__proto__", "x"]]),
  createdAt: new Date(0),
  updatedAt: new Date("2017-02-10T00:00:00.001Z"),
};

describe("a snapshot as a message", () => {
  const infos: Readonly<Record<string, SnapshotInfo>> = {
    "a committed one": committed,
    "an active one on nothing": { ...committed, kind: "active", parent: null, labels: new Map() },
    "a view": { ...committed, kind: "active", readonly: true },
  };
  for (const [title, info] of Object.entries(infos)) {
    it(`is the same afterwards: ${title}`, () => {
      const bytes = toBinary(SnapshotSchema, snapshotToMessage(info));
      assert.deepEqual(snapshotFromMessage(fromBinary(SnapshotSchema, bytes)), info);
    });
  }
});

describe("a mount as a message", () => {
  it("is the same afterwards, its options in order", () => {
    const mounts = [
      { type: "overlay", source: "overlay", target: "", options: ["index=off", "lowerdir=/b:/a", "index=off"] },
      { type: "windows-layer", source: "C:\\layers\\1", target: "a/b", options: [] },
    ];
    for (const mount of mounts) {
      assert.deepEqual(mountFromMessage(fromBinary(MountSchema, toBinary(MountSchema, mountToMessage(mount)))), mount);
    }
  });

  it("shares no list with the mount that it was made from", () => {
    const options = ["ro"];
    const message = mountToMessage({ type: "bind", source: "/a", target: "", options });
    message.options.push("rw");
    assert.deepEqual(options, ["ro"]);
  });
});

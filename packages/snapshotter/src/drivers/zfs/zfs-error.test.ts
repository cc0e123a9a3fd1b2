import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { failedAs, ZfsError, type ZfsReason, zfsFailure, zfsReason } from "./zfs-error.ts";

const said: readonly (readonly [ZfsReason, string])[] = [
  ["missing", "cannot open 'p/1': dataset does not exist"],
  ["missing", "cannot create 'p/x/y': parent does not exist"],
  ["exists", "cannot create 'p/1': dataset already exists"],
  ["exists", "cannot create snapshot 'p/1@committed': dataset already exists"],
  [
    "dependent-clones",
    "cannot destroy 'p/1@committed': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\np/2",
  ],
  ["busy", "cannot destroy 'p/1': dataset is busy"],
  ["busy", "cannot unmount '/root/snapshots/1': Device busy"],
  ["busy", "umount: /root/1: target is busy.\ncannot unmount '/root/1': umount failed: umount child process failed"],
  ["mounted", "cannot mount 'p/1': filesystem already mounted"],
  ["not-mounted", "cannot unmount 'p/1': not currently mounted"],
  ["no-room", "cannot create 'p/1': out of space"],
  ["no-room", "cannot create 'p/1': dataset quota exceeded"],
  ["denied", "cannot create 'p/1': permission denied"],
  ["denied", "connect: Permission denied\ninternal error: failed to initialize ZFS library"],
  ["no-zfs", "connect: No such file or directory\ninternal error: failed to initialize ZFS library"],
  ["no-zfs", "The ZFS modules are not loaded.\nTry running '/sbin/modprobe zfs' as root to load them."],
  ["other", "cannot create 'p/1': I/O error"],
];

describe("zfsReason", () => {
  for (const [reason, text] of said) {
    it(`reads ${reason} from ${JSON.stringify(text.split("\n")[0])}`, () => assert.equal(zfsReason(text), reason));
  }

  it("does not take a name within a message for the reason", () => {
    assert.equal(zfsReason("cannot open 'p/busy': dataset does not exist"), "missing");
  });
});

describe("zfsFailure", () => {
  const subject = { type: "snapshotter", id: "/root" } as const;
  const kinds = [
    ["missing", "data-loss"],
    ["no-room", "resource-exhausted"],
    ["denied", "permission-denied"],
    ["busy", "unavailable"],
    ["dependent-clones", "failed-precondition"],
    ["other", "internal"],
  ] as const;
  for (const [reason, kind] of kinds) {
    it(`makes ${kind} of ${reason}, with the command's words`, () => {
      const error = zfsFailure(subject, "cannot be made", new ZfsError(reason, "it said so"));
      assert.ok(error instanceof OperationError);
      assert.equal(error.kind, kind);
      assert.equal(error.detail, "cannot be made: it said so");
    });
  }

  it("leaves other errors as they are", () => {
    const error = new TypeError("else");
    assert.equal(zfsFailure(subject, "cannot be made", error), error);
    assert.equal(failedAs(error, "other"), false);
  });
});

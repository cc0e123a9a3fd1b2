import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { scratchSize } from "./scratch-size.ts";

const subject = { type: "snapshotter", id: "C:\\gantry" } as const;
const bytes = "containerd.io/snapshot/windows/rootfs.sizebytes";
const gibibytes = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb";
const vmScratch = "containerd.io/snapshot/io.microsoft.vm.storage.scratch";

describe("scratchSize", () => {
  it("reads both labels, the one in bytes first", () => {
    assert.equal(scratchSize(subject, new Map([[gibibytes, "20"]])), 20n << 30n);
    assert.equal(scratchSize(subject, new Map([[gibibytes, "20"]]).set(bytes, "5")), 5n);
  });

  it("leaves the size of the base without a label, and with 0", () => {
    assert.equal(scratchSize(subject, new Map()), null);
    assert.equal(scratchSize(subject, new Map([[bytes, "0"]])), null);
  });

  it("rejects what is no size with invalid-argument", () => {
    for (const text of ["", "-1", "1.5", "0x10", "18446744073709551616"]) {
      assert.throws(
        () => scratchSize(subject, new Map([[bytes, text]])),
        (error) => isOperationError(error, "invalid-argument"),
        text,
      );
    }
  });

  it("rejects the disk of a utility VM with unimplemented", () => {
    assert.throws(
      () => scratchSize(subject, new Map([[vmScratch, "true"]])),
      (error) => isOperationError(error, "unimplemented"),
    );
  });
});

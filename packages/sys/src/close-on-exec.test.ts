import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import { closeOnExecAll, shieldDescriptors } from "./close-on-exec.ts";
import { natively } from "./libc.ts";
import { run } from "./run.ts";

const fcntl = natively("fcntl", (libc) =>
  libc.func<[number, number, number]>("int fcntl(int fd, int command, int argument)"),
);
const getFlags = 1;
const setFlags = 2;

describe("closeOnExecAll", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  /** A descriptor as a careless parent would leave it. */
  function leakyDescriptor(): number {
    const fd = openSync("/dev/null", "r");
    assert.equal(fcntl()(fd, setFlags, 0), 0);
    return fd;
  }

  it("marks and reports what lacked the mark, except what it was told to leave", () => {
    closeOnExecAll();
    const [leaky, wanted] = [leakyDescriptor(), leakyDescriptor()];
    assert.deepEqual(closeOnExecAll([wanted]), [leaky]);
    assert.equal(fcntl()(leaky, getFlags, 0), 1);
    assert.equal(fcntl()(wanted, getFlags, 0), 0);
    closeSync(leaky);
    closeSync(wanted);
  });

  it("does not touch the first three descriptors", () => {
    const flags = () => [0, 1, 2].map((fd) => fcntl()(fd, getFlags, 0));
    assert.equal(fcntl()(0, setFlags, 0), 0);
    const before = flags();
    closeOnExecAll();
    shieldDescriptors();
    assert.deepEqual(flags(), before);
  });

  it("has a quick form that spawn relies on", async () => {
    const leaky = leakyDescriptor();
    shieldDescriptors();
    assert.equal(fcntl()(leaky, getFlags, 0), 1);
    assert.equal(fcntl()(leaky, setFlags, 0), 0);
    const { stdout } = await run({ file: "/bin/ls", args: ["/proc/self/fd"] });
    assert.ok(!stdout.split("\n").includes(String(leaky)), stdout);
    closeSync(leaky);
  });
});

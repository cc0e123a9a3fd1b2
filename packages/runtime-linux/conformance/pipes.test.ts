import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Container } from "@gantry/api";
import { rejectsWith } from "@gantry/api/testing";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";
import { makePipes } from "./pipes.ts";

const mib = 1024 * 1024;

/** Bytes that a process has read and written by system calls of its own (proc_pid_io(5)). */
function copiedBy(pid: number): number {
  const counters = readFileSync(`/proc/${pid}/io`, "utf8");
  const [read = "", written = ""] = ["rchar", "wchar"].map(
    (name) => new RegExp(`^${name}: (\\d+)$`, "m").exec(counters)?.[1],
  );
  return Number(read) + Number(written);
}

/** The file that a descriptor of a process is open on. */
function fileOf(pid: number | null, fd: number): readonly [device: bigint, inode: bigint] {
  const { dev, ino } = statSync(`/proc/${pid}/fd/${fd}`, { bigint: true });
  return [dev, ino];
}

function fileAt(path: string | undefined): readonly [device: bigint, inode: bigint] {
  const { dev, ino } = statSync(path ?? "", { bigint: true });
  return [dev, ino];
}

/** The processes that have the FIFO at `path` open, other than this one. */
function holdersOf(path: string): readonly number[] {
  const wanted = statSync(path, { bigint: true }).ino;
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    try {
      const fds = readdirSync(`/proc/${pid}/fd`);
      return fds.some((fd) => statSync(`/proc/${pid}/fd/${fd}`, { bigint: true }).ino === wanted) ? [pid] : [];
    } catch {
      // It has just ended, or one of its descriptors has.
      return [];
    }
  });
}

describe("runtime: linux with pipes of the caller", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  it("hands them to the program itself, with nobody in between", async () => {
    await using pipes = await makePipes();
    const { stdin, stdout } = pipes.stdio;
    const container: Container = await host.run({ ...host.requestOf(["/bin/cat"]), stdio: pipes.stdio });
    const { pid } = await container.state();
    assert.deepEqual(fileOf(pid, 0), fileAt(stdin), "standard input is the caller's FIFO");
    assert.deepEqual(fileOf(pid, 1), fileAt(stdout), "standard output is the caller's FIFO");

    const monitor = Number(readFileSync(host.bundleOf("c1").monitorPid, "utf8"));
    assert.match(readlinkSync(`/proc/${monitor}/exe`), /conmon$/);
    const output = pipes.readOutput();
    const data = Buffer.alloc(4 * mib, "x");
    await pipes.write(data);
    // The program is fed and read by this test, so nobody but conmon could be in between.
    for (const holder of holdersOf(stdout ?? "")) assert.ok(holder === monitor || holder === pid, `process ${holder}`);
    await pipes.closeInput();
    assert.equal((await container.init.wait()).status, 0);
    assert.equal((await output).length, data.length);
    assert.equal((await container.delete())?.status, 0);
  });

  it("leaves conmon as it was while much goes through", async () => {
    await using pipes = await makePipes();
    const container = await host.run({ ...host.requestOf(["/bin/cat"]), stdio: pipes.stdio });
    const monitor = Number(readFileSync(host.bundleOf("c1").monitorPid, "utf8"));
    const before = copiedBy(monitor);
    void pipes.readOutput().catch(() => undefined);
    await pipes.write(Buffer.alloc(4 * mib, "x"));
    // All but what the two FIFOs hold, 64 KiB each, has come out by now.
    assert.ok(copiedBy(monitor) - before < 64 * 1024, `conmon copied ${copiedBy(monitor) - before} bytes`);
    await container.delete({ force: true });
  });

  it("refuses them with a terminal, saying why, and leaves nothing", async () => {
    await using pipes = await makePipes();
    const request = host.requestOf(["/bin/cat"], (spec) => ({ ...spec, process: { ...spec.process, terminal: true } }));
    const create = host.runtime.create({ ...request, stdio: pipes.stdio });
    await rejectsWith("unimplemented", create);
    await assert.rejects(create, /conmon, which holds its other end/);
    assert.deepEqual(await host.leftovers(), []);
  });
});

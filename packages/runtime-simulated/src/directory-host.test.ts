import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { OperationError } from "@gantry/api";
import { DirectoryHost } from "./directory-host.ts";
import type { HostEntry } from "./host.ts";
import type { ContainerRecord, Frame } from "./record.ts";
import { containerRecord, processRecord } from "./testing/made.ts";

const name = { namespace: "tests", id: "c1" };

function scratch(test: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "gantry-simulated-"));
  test.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function frame(text: string, stream: Frame["stream"] = "stdout"): Frame {
  return { stream, data: Buffer.from(text), at: 7 };
}

function recordWith(frames: number, change: Partial<ContainerRecord> = {}): string {
  return JSON.stringify({ ...containerRecord(processRecord(["cat"], { frames })), ...change });
}

/** What a host has kept of one container's output. */
function textsOf(entry: HostEntry | undefined, processId = "c1"): readonly string[] {
  if (entry === undefined || "error" in entry) return assert.fail("there is no such container");
  return (entry.output.get(processId) ?? []).map(({ stream, data, at }) => `${stream} ${at} ${String(data)}`);
}

describe("directory host", () => {
  it("keeps a container with its output, byte by byte, for another one on the same directory", (test) => {
    const directory = scratch(test);
    const host = new DirectoryHost(directory);
    host.save(name, recordWith(1), new Map([["c1", [frame("a\n")]]]));
    host.save(name, recordWith(3), new Map([["c1", [frame("\u0000 b", "stderr"), frame("c\nd")]]]));
    const [entry] = new DirectoryHost(directory).load();
    assert.deepEqual(textsOf(entry), ["stdout 7 a\n", "stderr 7 \u0000 b", "stdout 7 c\nd"]);
    assert.deepEqual(entry !== undefined && "record" in entry && entry.record, JSON.parse(recordWith(3)));
  });

  it("does not count output whose record was not written, and forgets it", (test) => {
    const directory = scratch(test);
    const host = new DirectoryHost(directory);
    host.save(name, recordWith(1), new Map([["c1", [frame("counts")]]]));
    appendFileSync(join(directory, "tests+c1", "c1.output"), "stdout 9 bm90\nstdout 9 dG9y");
    assert.deepEqual(textsOf(host.load()[0]), ["stdout 7 counts"]);
    host.save(name, recordWith(2), new Map([["c1", [frame("again")]]]));
    assert.deepEqual(textsOf(host.load()[0]), ["stdout 7 counts", "stdout 7 again"]);
  });

  it("removes what a create or a delete has left half done", (test) => {
    const directory = scratch(test);
    mkdirSync(join(directory, "tests+half"));
    writeFileSync(join(directory, "tests+half", "record.new"), "{");
    assert.deepEqual(new DirectoryHost(directory).load(), []);
    assert.deepEqual(readdirSync(directory), []);
  });

  it("shows a container that cannot be read with its error, beside the others", (test) => {
    const directory = scratch(test);
    const host = new DirectoryHost(directory);
    host.save(name, recordWith(0), new Map());
    const other = { namespace: "tests", id: "Broken" };
    host.save(other, recordWith(0, { id: "Broken" }), new Map());
    writeFileSync(join(directory, "tests+=Broken", "record.json"), "{");
    const entries = host.load().toSorted((one) => ("error" in one ? 1 : -1));
    assert.equal(textsOf(entries[0]).length, 0);
    const [, broken] = entries;
    assert.ok(broken !== undefined && "error" in broken && broken.error instanceof OperationError);
    assert.deepEqual([broken.id, broken.error.kind], ["Broken", "data-loss"]);
  });

  it("says so where output that counts is missing", (test) => {
    const directory = scratch(test);
    const host = new DirectoryHost(directory);
    host.save(name, recordWith(2), new Map());
    const [entry] = host.load();
    assert.ok(entry !== undefined && "error" in entry);
  });

  it("keeps ids apart that differ in capital letters only, and those of other namespaces", (test) => {
    const directory = scratch(test);
    const host = new DirectoryHost(directory);
    for (const id of ["a", "A", "aA", "AA"]) {
      host.save({ namespace: "tests", id }, recordWith(0, { id }), new Map());
      host.save({ namespace: "Tests", id }, recordWith(0, { id, namespace: "Tests" }), new Map());
    }
    const found = host.load().map(({ namespace, id }) => `${namespace}/${id}`);
    assert.equal(new Set(found).size, 8);
    assert.equal(new Set(readdirSync(directory).map((entry) => entry.toLowerCase())).size, 8);
  });

  it("removes a process's output alone, and a container as a whole", (test) => {
    const directory = scratch(test);
    const host = new DirectoryHost(directory);
    host.save(name, recordWith(0), new Map([["e1", [frame("x")]]]));
    host.removeOutput(name, "e1");
    host.removeOutput(name, "e1");
    assert.deepEqual(readdirSync(join(directory, "tests+c1")), ["record.json"]);
    host.remove(name);
    host.remove(name);
    assert.deepEqual(readdirSync(directory), []);
  });

  it("passes over what is not its own", (test) => {
    const directory = scratch(test);
    writeFileSync(join(directory, "README"), "");
    assert.deepEqual(new DirectoryHost(directory).load(), []);
    assert.deepEqual(readdirSync(directory), ["README"]);
  });

  it("says what kept it from keeping", { skip: process.getuid?.() === 0 && "root may write everywhere" }, (test) => {
    const directory = scratch(test);
    chmodSync(directory, 0o500);
    assert.throws(
      () => new DirectoryHost(directory).save(name, recordWith(0), new Map()),
      (error: unknown) => error instanceof OperationError && error.kind === "permission-denied",
    );
  });

  it("says that its directory is not there", () => {
    assert.throws(
      () => new DirectoryHost("/nowhere/at/all").load(),
      (error: unknown) =>
        error instanceof OperationError && error.kind === "internal" && /cannot be read/.test(error.message),
    );
  });
});

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Host } from "./host.ts";
import { nodeHost } from "./host-node.ts";
import { LogKeeper, prepareLogParts } from "./log-keeper.ts";
import { Outcome } from "./outcome.ts";
import { OutputChanges } from "./output-changes.ts";
import { ProcessFiles } from "./process-files.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const subject = { type: "process", id: "p" } as const;

/** A host whose watches are fired by hand, by directory; one that is closed is gone. */
class WatchedHost {
  readonly watches = new Map<string, () => void>();
  readonly host: Host = {
    ...nodeHost,
    watch: (directory, onChange) => {
      this.watches.set(directory, onChange);
      return { close: () => void this.watches.delete(directory) };
    },
  };
}

function changesOf(name: string, signal?: AbortSignal) {
  const directory = join(root, name);
  mkdirSync(directory);
  const watched = new WatchedHost();
  const files = new ProcessFiles(directory, "x");
  const log = new LogKeeper({ host: watched.host, files, subject });
  const ended = new Outcome<void>();
  const source = { host: watched.host, files, subject, log, ended };
  return { changes: new OutputChanges(source, signal), source, ended, files, watches: watched.watches };
}

/** Whether `next` has resolved by the time that all that is due has run. */
async function isDue(next: Promise<void>): Promise<boolean> {
  let due = false;
  void next.then(() => {
    due = true;
  });
  await nextTurn();
  return due;
}

describe("OutputChanges", () => {
  it("waits until something has happened, and then for the next time", async () => {
    const { changes, files, watches } = changesOf("happens");
    using _changes = changes;
    const first = changes.next();
    assert.equal(await isDue(first), false);
    watches.get(files.directory)?.();
    assert.equal(await isDue(first), true);
    assert.equal(await isDue(changes.next()), false);
    assert.equal(changes.isOver, false);
  });

  it("misses nothing that happens while nobody waits, and tells of many things at once", async () => {
    const { changes, files, watches } = changesOf("meanwhile");
    using _changes = changes;
    for (let count = 0; count < 3; count += 1) watches.get(files.directory)?.();
    assert.equal(await isDue(changes.next()), true);
    assert.equal(await isDue(changes.next()), false);
  });

  it("is over with the process, also where that has ended before", async () => {
    const { changes, ended, source } = changesOf("over");
    using _changes = changes;
    const next = changes.next();
    ended.resolve();
    assert.equal(await isDue(next), true);
    assert.equal(changes.isOver, true);
    using late = new OutputChanges(source, undefined);
    assert.equal(late.isOver, true);
    assert.equal(await isDue(late.next()), true);
  });

  it("wakes who does not want to wait any more, and is not over", async () => {
    const controller = new AbortController();
    const { changes } = changesOf("aborted", controller.signal);
    using _changes = changes;
    const next = changes.next();
    controller.abort();
    assert.equal(await isDue(next), true);
    assert.equal(changes.isOver, false);
  });

  it("watches the parts of a log once there are some, and once only", async () => {
    const { changes, files, watches } = changesOf("parts");
    using _changes = changes;
    await changes.watchParts();
    assert.deepEqual([...watches.keys()], [files.directory]);
    await prepareLogParts(nodeHost, files);
    await changes.watchParts();
    const watch = watches.get(files.logParts);
    await changes.watchParts();
    assert.ok(watch !== undefined && watches.get(files.logParts) === watch);
    watch();
    assert.equal(await isDue(changes.next()), true);
  });

  it("holds nothing any more when it is done with", async () => {
    const controller = new AbortController();
    const { changes, ended, files, watches } = changesOf("done", controller.signal);
    await prepareLogParts(nodeHost, files);
    await changes.watchParts();
    changes[Symbol.dispose]();
    assert.equal(watches.size, 0);
    const next = changes.next();
    controller.abort();
    ended.resolve();
    assert.equal(await isDue(next), false);
    assert.equal(changes.isOver, false);
  });

  it("hears of a real file", async () => {
    const directory = join(root, "real");
    mkdirSync(directory);
    const files = new ProcessFiles(directory, "x");
    const log = new LogKeeper({ host: nodeHost, files, subject });
    using changes = new OutputChanges({ host: nodeHost, files, subject, log, ended: new Outcome<void>() }, undefined);
    const next = changes.next();
    writeFileSync(files.log, "line\n");
    await next;
  });
});

import assert from "node:assert/strict";
import { mkdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import type { DirectoryWatch, Host } from "./host.ts";
import { nodeHost } from "./host-node.ts";
import { LogKeeper, prepareLogParts } from "./log-keeper.ts";
import { LogTending } from "./log-tending.ts";
import { ProcessFiles } from "./process-files.ts";
import { ConmonLog } from "./testing/conmon-log.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const subject = { type: "process", id: "p" } as const;

/** A log whose keeper tells when it has looked. */
async function tended(name: string, options: { readonly host?: Host; readonly isPlain?: boolean } = {}) {
  const { host = nodeHost, isPlain = false } = options;
  const files = new ProcessFiles(join(root, name), "x");
  mkdirSync(files.directory);
  if (!isPlain) await prepareLogParts(nodeHost, files);
  const messages: string[] = [];
  const keeper = new LogKeeper({ host, files, subject });
  const tending = new LogTending({ host, files, keeper, log: (message) => messages.push(message) });
  return { files, keeper, messages, tending, conmon: new ConmonLog(files) };
}

describe("LogTending", () => {
  it("prepares for the next part when one was begun", async () => {
    const { files, tending, conmon } = await tended("rotated");
    using _ = tending;
    for (const next of ["logs/4", "logs/6", "logs/8"]) {
      const prepared = Promise.withResolvers<void>();
      const watch = nodeHost.watch(files.directory, () => {
        if (linkAt(files.nextLog) === next) prepared.resolve();
      });
      conmon.write("text");
      conmon.rotate();
      await prepared.promise;
      watch.close();
    }
  });

  it("stops watching a log that has no parts", async () => {
    const closed = Promise.withResolvers<void>();
    const watch = (): DirectoryWatch => ({ close: closed.resolve });
    await tended("plain", { host: { ...nodeHost, watch }, isPlain: true });
    await closed.promise;
  });

  it("tells where the kernel gives no watch, and looks once all the same", async () => {
    const watch = () => {
      throw new OperationError("resource-exhausted", subject, "no more watches");
    };
    const { messages, tending } = await tended("unwatched", { host: { ...nodeHost, watch } });
    tending[Symbol.dispose]();
    assert.deepEqual(messages.length, 1);
    assert.match(messages[0] ?? "", /cannot keep the parts of its log: .*no more watches/);
  });

  it("tells nothing of files that are gone once it is closed", async () => {
    const { messages, tending, files, keeper } = await tended("closed");
    tending[Symbol.dispose]();
    await nodeHost.removeTree(files.directory);
    await keeper.parts();
    assert.deepEqual(messages, []);
  });
});

function linkAt(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // It was just taken away by a rotation.
    return null;
  }
}

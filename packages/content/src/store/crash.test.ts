import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { allBytes, digestOf } from "../../fixtures/bytes.ts";
import { testDirectory } from "../../fixtures/test-directory.ts";
import { openContentStore } from "./content-store.ts";

const program = fileURLToPath(new URL("../../fixtures/store-writer.ts", import.meta.url));

/** Lets the program run until it has written `lines` lines and some, kills it, and returns all it wrote. */
async function runAndKill(root: string, first: number, lines: number, delayMicros: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, ["--conditions=gantry-source", program, root, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    seen.push(line);
    if (seen.length !== lines) continue;
    // A different instruction each time: the program is in the middle of the next thing.
    const until = process.hrtime.bigint() + BigInt(delayMicros) * 1000n;
    while (process.hrtime.bigint() < until);
    child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  return seen;
}

describe("content store: killed at any instruction", () => {
  it("keeps every blob that was committed, none that was deleted, and no byte of others", {
    timeout: 120_000,
  }, async () => {
    await using directory = await testDirectory();
    const present = new Set<string>();
    for (let round = 0; round < 8; round++) {
      const lines = await runAndKill(directory.path, round * 1000, 3 + round * 2, round * 700);
      const undecided = new Set<string>();
      for (const line of lines) {
        const [change = "", done] = line.split(" ");
        const digest = change.slice(1);
        undecided.add(digest);
        if (done !== "ok") continue;
        undecided.delete(digest);
        if (change.startsWith("+")) present.add(digest);
        else present.delete(digest);
      }
      const store = await openContentStore(directory.path);
      const content = store.in("crash");
      const found = new Set((await Array.fromAsync(content.walk())).map(({ digest }) => digest));
      for (const digest of new Set([...present, ...found])) {
        if (!undecided.has(digest)) assert.equal(found.has(digest), present.has(digest), digest);
      }
      for (const digest of found) assert.equal(digestOf(await allBytes(content.read(digest))), digest);
      const files = await readdir(join(directory.path, "blobs/sha256"));
      assert.deepEqual(new Set(files.map((hex) => `sha256:${hex}`)), found);
      // What was interrupted can be resumed, or thrown away.
      const ingests = await content.ingests();
      assert.equal((await readdir(join(directory.path, "ingest"))).length <= ingests.length, true);
      for (const { ref } of ingests) await content.abort(ref);
      present.clear();
      for (const digest of found) present.add(digest);
      await store.close();
    }
    assert.ok(present.size > 0);
  });
});

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { rejectsWith } from "@gantry/api/testing";
import type { Host } from "./host.ts";
import { nodeHost } from "./host-node.ts";
import { LogKeeper, prepareLogParts } from "./log-keeper.ts";
import { ProcessFiles } from "./process-files.ts";
import { ConmonLog, logLine } from "./testing/conmon-log.ts";
import { testDirectory } from "./testing/directory.ts";

const root = testDirectory();
const subject = { type: "process", id: "p" } as const;
let made = 0;

async function prepared() {
  made += 1;
  const directory = join(root, String(made));
  mkdirSync(directory);
  const files = new ProcessFiles(directory, "x");
  await prepareLogParts(nodeHost, files);
  return { files, conmon: new ConmonLog(files), keeper: keeperOf(files) };
}

/** As another process that comes to know the log from its files alone. */
function keeperOf(files: ProcessFiles, host: Host = nodeHost): LogKeeper {
  return new LogKeeper({ host, files, subject });
}

const numbers = async (keeper: LogKeeper) => (await keeper.parts()).map(({ base }) => Number(base >> 32n));

async function textOf(keeper: LogKeeper): Promise<string> {
  return (await keeper.parts()).map(({ path }) => readFileSync(path, "utf8")).join("");
}

/** Calls `meanwhile` before the first call of one method of the host, as conmon may do something at any time. */
function hostWith(method: "linkFile" | "makeLink" | "fileId", meanwhile: () => void): Host {
  let isDone = false;
  const before = () => {
    if (!isDone) meanwhile();
    isDone = true;
  };
  return {
    ...nodeHost,
    [method]: (first: string, second: string) => {
      before();
      return nodeHost[method](first, second);
    },
  };
}

describe("LogKeeper", () => {
  it("knows a log without a limit as one part at 0", async () => {
    const directory = join(root, "plain");
    mkdirSync(directory);
    const keeper = keeperOf(new ProcessFiles(directory, "x"));
    assert.deepEqual(await keeper.parts(), [{ base: 0n, path: join(directory, "log") }]);
    assert.equal(await keeper.isInParts(), false);
  });

  it("keeps what was written before a rotation, and after it", async () => {
    const { conmon, keeper } = await prepared();
    conmon.write("one");
    assert.deepEqual(await numbers(keeper), [0]);
    conmon.rotate();
    conmon.write("two");
    assert.deepEqual(await numbers(keeper), [0, 2]);
    assert.equal(await textOf(keeper), logLine("one") + logLine("two"));
  });

  it("keeps two parts, however many there were, and no other files", async () => {
    const { files, conmon, keeper } = await prepared();
    for (const text of ["one", "two", "three", "four"]) {
      conmon.write(text);
      await keeper.parts();
      conmon.rotate();
    }
    conmon.write("five");
    assert.equal(await textOf(keeper), logLine("four") + logLine("five"));
    assert.deepEqual(readdirSync(files.logParts).toSorted(), ["10.after", "6", "8", "8.after"]);
  });

  it("keeps one rotation that nobody saw whole, told by the files alone", async () => {
    const { files, conmon } = await prepared();
    conmon.write("one");
    conmon.rotate();
    conmon.write("two");
    assert.equal(await textOf(keeperOf(files)), logLine("one") + logLine("two"));
  });

  it("shows no hole where several rotations were not seen: what is before it is gone, and the number is new", async () => {
    const { files, conmon, keeper } = await prepared();
    conmon.write("one");
    await keeper.parts();
    for (const text of ["two", "three", "four"]) {
      conmon.rotate();
      conmon.write(text);
    }
    assert.deepEqual(await numbers(keeper), [3]);
    assert.deepEqual(await numbers(keeperOf(files)), [3]);
    assert.equal(await textOf(keeper), logLine("four"));
    conmon.rotate();
    conmon.write("five");
    assert.equal(await textOf(keeperOf(files)), logLine("four") + logLine("five"));
  });

  it("uses no more than four files while nobody looks", async () => {
    const { files, conmon, keeper } = await prepared();
    for (let round = 0; round < 3; round += 1) {
      conmon.write("x");
      conmon.rotate();
      await keeper.parts();
    }
    for (let round = 0; round < 50; round += 1) {
      conmon.write("x");
      conmon.rotate();
    }
    const parts = readdirSync(files.logParts).filter((name) => !name.endsWith(".after"));
    assert.ok(parts.length <= 3, String(parts));
  });

  for (const method of ["linkFile", "makeLink", "fileId"] as const) {
    for (const times of [1, 2, 3]) {
      it(`takes no part for the next of another if conmon rotates ${times} times before ${method}`, async () => {
        const { files, conmon, keeper } = await prepared();
        conmon.write("0");
        conmon.rotate();
        conmon.write("1");
        conmon.rotate();
        conmon.write("2");
        let written = 2;
        const host = hostWith(method, () => {
          for (let time = 0; time < times; time += 1) {
            conmon.rotate();
            written += 1;
            conmon.write(String(written));
          }
        });
        await keeperOf(files, host).parts();
        conmon.rotate();
        conmon.write(String(written + 1));
        const seen = (await textOf(keeper)).matchAll(/ F (\d+)$/gm);
        const kept = [...seen].map(([, number]) => Number(number));
        assert.deepEqual(kept.at(-1), written + 1);
        assert.deepEqual(
          kept,
          kept.map((_, index) => (kept[0] ?? 0) + index),
        );
      });
    }
  }

  it("never gives a part the number of another", async () => {
    const { conmon, keeper, files } = await prepared();
    const given: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      for (let time = 0; time <= round % 4; time += 1) {
        conmon.rotate();
        conmon.write(String(round));
      }
      given.push((await numbers(round % 2 === 0 ? keeper : keeperOf(files))).at(-1) ?? -1);
    }
    assert.deepEqual(
      given,
      [...new Set(given)].toSorted((a, b) => a - b),
    );
  });

  it("shows what there is where a monitor was killed between the two steps of a rotation", async () => {
    const { files, conmon } = await prepared();
    conmon.write("one");
    conmon.rotate();
    conmon.write("two");
    writeFileSync(files.nextLog, "");
    for (const keeper of [keeperOf(files), keeperOf(files)]) {
      assert.equal(await textOf(keeper), logLine("one") + logLine("two"));
    }
  });

  it("gives up with unavailable where the log is none of conmon's", async () => {
    const directory = join(root, "dead");
    mkdirSync(join(directory, "logs"), { recursive: true });
    symlinkSync("elsewhere", join(directory, "log"));
    await rejectsWith("unavailable", keeperOf(new ProcessFiles(directory, "x")).parts());
  });
});

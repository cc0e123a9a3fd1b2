import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { LockHeldError, lock } from "./lock.ts";
import { testDirectory } from "./testing/directory.ts";

const holder = `
  import { lock } from ${JSON.stringify(new URL("./lock.ts", import.meta.url).href)};
  try { lock(process.argv[1]); process.send("held"); process.on("message", () => {}); }
  catch (error) { process.send(String(error.holderPid)); process.disconnect(); }
`;

function startHolder(path: string) {
  const execArgv = ["--conditions=gantry-source", "--input-type=module", "--eval", holder];
  return fork(path, [], { execArgv });
}

describe("lock", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  const root = testDirectory();

  it("writes its process id into a private file", () => {
    const path = join(root, "fresh");
    using _ = lock(path);
    assert.equal(readFileSync(path, "utf8"), `${process.pid}\n`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("refuses a second lock at once and names the holder", () => {
    const path = join(root, "second");
    using _ = lock(path);
    assert.throws(
      () => lock(path),
      (error: unknown) => {
        assert.ok(error instanceof LockHeldError);
        assert.equal(error.holderPid, process.pid);
        assert.equal(error.message, `lock "${path}": held by process ${process.pid} (EAGAIN)`);
        return true;
      },
    );
  });

  it("can be taken again after release, and keeps nothing of a longer former text", () => {
    const path = join(root, "again");
    writeFileSync(path, "123456789012345\nmore\n");
    const first = lock(path);
    first.release();
    first.release();
    using _ = lock(path);
    assert.equal(readFileSync(path, "utf8"), `${process.pid}\n`);
  });

  it("refuses a symbolic link", () => {
    const path = join(root, "link");
    symlinkSync(join(root, "elsewhere"), path);
    assert.throws(() => lock(path), { code: "ELOOP" });
  });

  it("frees the lock of a process that was killed, without manual work", async () => {
    const path = join(root, "killed");
    const child = startHolder(path);
    assert.deepEqual((await once(child, "message"))[0], "held");
    assert.throws(() => lock(path), { holderPid: child.pid });
    child.kill("SIGKILL");
    await once(child, "exit");
    lock(path).release();
  });

  it("has exactly one winner of many that start at once, and the others name it", async () => {
    const path = join(root, "race");
    const children = Array.from({ length: 6 }, () => startHolder(path));
    const answers = await Promise.all(children.map(async (child) => (await once(child, "message"))[0]));
    const winner = children[answers.indexOf("held")];
    assert.equal(answers.filter((answer) => answer === "held").length, 1);
    assert.ok(
      answers.every((answer) => answer === "held" || answer === String(winner?.pid)),
      answers.join(),
    );
    const ends = children.map((child) => child.exitCode === null && once(child, "exit"));
    winner?.kill("SIGKILL");
    await Promise.all(ends);
  });
});

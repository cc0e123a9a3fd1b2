import assert from "node:assert/strict";
import { closeSync, readFileSync, readlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { type IdMap, openUserNamespace } from "./id-map.ts";
import { run } from "./run.ts";
import { needsRoot } from "./testing/directory.ts";

const map: IdMap = {
  uids: [
    { stored: 0, shown: 100_000, size: 1000 },
    { stored: 5000, shown: 7, size: 1 },
  ],
  gids: [{ stored: 0, shown: 200_000, size: 10 }],
};

/** Ids as the kernel shows them to a process in the namespace: its own, the host's, how many. */
async function idsIn(namespace: number, kind: "uid" | "gid"): Promise<readonly string[]> {
  const env = { PATH: "/usr/bin:/bin" };
  const args = ["--user=/proc/self/fd/3", "--", "cat", `/proc/self/${kind}_map`];
  const { stdout } = await run({ file: "nsenter", args, env, extraFds: [namespace] });
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().replaceAll(/ +/g, " "));
}

function childrenOfThisProcess(): string {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
}

describe("openUserNamespace", { skip: needsRoot }, () => {
  it("makes one with the ids that were asked for", async () => {
    const namespace = await openUserNamespace(map);
    try {
      assert.notEqual(readlinkSync(`/proc/self/fd/${namespace}`), readlinkSync("/proc/self/ns/user"));
      assert.deepEqual(await idsIn(namespace, "uid"), ["0 100000 1000", "5000 7 1"]);
      assert.deepEqual(await idsIn(namespace, "gid"), ["0 200000 10"]);
    } finally {
      closeSync(namespace);
    }
  });

  it("leaves no process, and makes several at once", async () => {
    const before = childrenOfThisProcess();
    const namespaces = await Promise.all([1, 2, 3].map(() => openUserNamespace(map)));
    assert.equal(new Set(namespaces.map((fd) => readlinkSync(`/proc/self/fd/${fd}`))).size, 3);
    for (const fd of namespaces) closeSync(fd);
    assert.equal(childrenOfThisProcess(), before);
  });

  it("rejects ranges that overlap, and none at all, with EINVAL, and leaves no process", async () => {
    const before = childrenOfThisProcess();
    const twice = { ...map, gids: [...map.gids, ...map.gids] };
    await assert.rejects(openUserNamespace(twice), { code: "EINVAL", message: /0 200000 10/ });
    await assert.rejects(openUserNamespace({ ...map, uids: [{ stored: 0, shown: 1, size: 0 }] }), { code: "EINVAL" });
    assert.equal(childrenOfThisProcess(), before);
  });
});

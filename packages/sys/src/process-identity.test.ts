import assert from "node:assert/strict";
import { spawn as nodeSpawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { processIdentity, signalProcess } from "./process-identity.ts";
import { spawn } from "./spawn.ts";
import { needsRoot } from "./testing/directory.ts";

describe("processIdentity", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  it("is the same each time it is asked, and another for another process", async () => {
    const child = await spawn({ file: "/bin/sleep", args: ["60"] });
    const identity = processIdentity(child.pid);
    assert.ok(identity);
    assert.deepEqual(processIdentity(child.pid), identity);
    assert.equal(identity.bootId, readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
    const own = processIdentity(process.pid);
    assert.ok(own && own.startTime <= identity.startTime && own.pid === process.pid);
    child.kill("SIGKILL");
    await child.exit;
    assert.equal(processIdentity(child.pid), null);
  });

  it("takes a program whose name looks like the fields behind it", async () => {
    const script = "echo ') Z 1 (' >/proc/$$/comm; echo ready; read line";
    const child = await spawn({ file: "/bin/sh", args: ["-c", script], stdin: "pipe", stdout: "pipe" });
    assert.ok(child.stdout);
    await once(child.stdout, "data");
    assert.ok((processIdentity(child.pid)?.startTime ?? 0n) > 0n);
    child.stdin?.end("\n");
    await child.exit;
  });

  it("is null for a process that has ended and was not reaped yet", async () => {
    // The shell's own child ends while the shell, replaced by sleep, will never wait for it.
    const script = "sh -c 'echo $$' & exec sleep 60";
    const child = await spawn({
      file: "/bin/sh",
      args: ["-c", script],
      env: { PATH: "/usr/bin:/bin" },
      stdout: "pipe",
    });
    assert.ok(child.stdout);
    const [chunk] = await once(child.stdout, "data");
    const pid = Number(String(chunk));
    while (readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[2] !== "Z") await new Promise(setImmediate);
    assert.equal(processIdentity(pid), null);
    child.kill("SIGKILL");
    await child.exit;
  });
});

describe("signalProcess", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  it("signals the process, and reports that it is gone afterwards", async () => {
    const child = await spawn({ file: "/bin/sleep", args: ["60"] });
    const identity = processIdentity(child.pid);
    assert.ok(identity);
    assert.equal(signalProcess(identity, 0), true);
    assert.equal(signalProcess(identity, "SIGTERM"), true);
    assert.deepEqual(await child.exit, { code: null, signal: "SIGTERM" });
    assert.equal(signalProcess(identity, 0), false);
    assert.equal(signalProcess(identity, "SIGKILL"), false);
  });

  it("leaves a process alone that started at another time or in another boot", async () => {
    const child = await spawn({ file: "/bin/sleep", args: ["60"] });
    const identity = processIdentity(child.pid);
    assert.ok(identity);
    assert.equal(signalProcess({ ...identity, startTime: identity.startTime - 1n }, "SIGKILL"), false);
    assert.equal(signalProcess({ ...identity, bootId: "another" }, "SIGKILL"), false);
    assert.equal(signalProcess(identity, "SIGTERM"), true);
    assert.deepEqual(await child.exit, { code: null, signal: "SIGTERM" });
  });

  it("leaves an impostor alone that was given the same pid", { skip: needsRoot }, async () => {
    const victim = await spawn({ file: "/bin/sleep", args: ["60"] });
    const identity = processIdentity(victim.pid);
    assert.ok(identity);
    victim.kill("SIGKILL");
    await victim.exit;
    await tickAfter(identity.startTime);
    const impostor = await startWithPid(victim.pid);
    assert.ok(impostor, "no try got the pid");
    assert.equal(signalProcess(identity, "SIGKILL"), false);
    impostor.kill("SIGTERM");
    assert.deepEqual(await once(impostor, "exit"), [null, "SIGTERM"]);
  });
});

/** The clock of /proc/PID/stat goes 100 times a second; the impostor must not start within the victim's tick. */
async function tickAfter(startTime: bigint): Promise<void> {
  const now = () => BigInt(Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 100));
  while (now() <= startTime + 1n) await new Promise(setImmediate);
}

/** Other processes may take the pid in between, so it takes a few tries. */
async function startWithPid(pid: number) {
  for (let attempt = 0; attempt < 200; attempt++) {
    writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
    const child = nodeSpawn("/bin/sleep", ["60"]);
    if (child.pid === pid) return child;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  return undefined;
}

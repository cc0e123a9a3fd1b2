import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { OciSpec } from "@gantry/api/spec";
import { buildSpec, processToAny, specToAny } from "@gantry/api/spec";
import { LinuxFixture, printed } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";

const nobody = 65_534;

describe("runtime: linux keeps apart", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  describe("what the container must not get", () => {
    it("are descriptors of this process", async () => {
      const leaked = openSync("/etc", "r");
      execFileSync("true");
      const container = await host.run(host.requestOf(["/bin/sh", "-c", "ls /proc/self/fd"]));
      // The fourth is the one by which ls reads the directory.
      assert.equal(await printed(container), "0\n1\n2\n3\n");
      assert.ok(leaked > 2);
      const exec = await host.run({
        ...host.requestOf(["/bin/sh", "-c", "cd /proc/1/fd/7 && echo entered"]),
        id: "cwd",
      });
      assert.doesNotMatch(await printed(exec), /entered/);
    });

    it("is the environment of this process", async () => {
      process.env["GANTRY_TEST_SECRET"] = "secret";
      const container = await host.run(host.requestOf(["/bin/sh", "-c", "cat /proc/1/environ | tr '\\0' '\\n'"]));
      delete process.env["GANTRY_TEST_SECRET"];
      assert.deepEqual(
        (await printed(container)).split("\n").filter((line) => !/^(HOME|PATH)=/.test(line)),
        [""],
      );
    });

    it("is a working directory by one of our descriptors", async () => {
      const leaked = openSync("/etc", "r");
      try {
        const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
        for (let fd = 3; fd < 16; fd += 1) {
          const cwd = `/proc/self/fd/${fd}`;
          const change = (spec: OciSpec): OciSpec => ({ ...spec, process: { ...spec.process, cwd } });
          const started = host.run({ ...host.requestOf(["/bin/cat", "hostname"], change), id: `cwd${fd}` });
          assert.equal(await started.then(printed, () => ""), "", `container in ${cwd}`);
          const process = processToAny({ args: ["/bin/cat", "hostname"], cwd });
          const exec = await container.exec({ id: `cwd${fd}`, process, stdio: { kind: "log" } });
          await assert.rejects(exec.start(), `exec in ${cwd}`);
        }
      } finally {
        closeSync(leaked);
      }
    });
  });

  describe("an environment", () => {
    const variables = [
      "NODE_OPTIONS=--bad",
      "LD_PRELOAD=/nowhere.so",
      "TWO=a\nroot::0:0::/:/bin/sh",
      "EMPTY=",
      "E=a=b",
    ];
    const withEnv =
      (env: readonly string[]) =>
      (spec: OciSpec): OciSpec => ({
        ...spec,
        process: { ...spec.process, env: ["PATH=/bin", ...env] },
      });

    it("reaches the program as it was given, and no program of the host", async () => {
      const seen = join(host.base, "seen");
      process.env["GANTRY_TEST_SECRET"] = "secret";
      await host.reopen({ ociRuntime: host.spoiledRunc("create|start|delete", `env >> ${seen}`) });
      const args = ["/bin/sh", "-c", "cat /proc/self/environ"];
      const container = await host.run(host.requestOf(args, withEnv(variables)));
      const names = new Set((await printed(container)).split("\0"));
      for (const variable of variables) assert.ok(names.has(variable), variable);
      await container.delete();
      delete process.env["GANTRY_TEST_SECRET"];
      const text = readFileSync(seen, "utf8");
      assert.match(text, /^PATH=/m);
      for (const name of ["NODE_OPTIONS", "LD_PRELOAD", "TWO", "GANTRY_TEST_SECRET"]) {
        assert.ok(!text.includes(`${name}=`), name);
      }
    });

    it("is that of one container alone", async () => {
      const args = ["/bin/sh", "-c", 'echo "$ONE $OTHER"'];
      const one = await host.run({ ...host.requestOf(args, withEnv(["ONE=1"])), id: "one" });
      const other = await host.run({ ...host.requestOf(args, withEnv(["OTHER=2"])), id: "other" });
      assert.deepEqual([await printed(one), await printed(other)], ["1 \n", " 2\n"]);
    });
  });

  describe("the default spec", () => {
    async function run(script: string): Promise<string> {
      const spec = buildSpec({ os: "linux", config: { Cmd: ["/bin/sh", "-c", script], Env: ["PATH=/bin"] } });
      return printed(await host.run({ ...host.requestOf([]), spec: specToAny(spec) }));
    }

    it("leaves no capability to inherit, no new privileges, and a filter of system calls", async () => {
      const status = new Map((await run("cat /proc/self/status")).split("\n").map((line) => twoOf(line)));
      assert.equal(status.get("CapInh"), "0000000000000000");
      assert.equal(status.get("CapAmb"), "0000000000000000");
      assert.equal(status.get("CapBnd"), status.get("CapEff"));
      // chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, net_raw, sys_chroot, mknod,
      // audit_write, setfcap (linux/capability.h)
      assert.equal(BigInt(`0x${status.get("CapEff")}`) & ~0xa80425fbn, 0n);
      assert.equal(status.get("NoNewPrivs"), "1");
      assert.equal(status.get("Seccomp"), "2");
    });

    it("hides what tells of the host, and lets nothing be written that changes it", async () => {
      const script = [
        "exec 2>/dev/null",
        "head -c 1 /proc/kcore; cat /proc/keys /proc/timer_list; ls /sys/firmware; ls /proc/acpi",
        "echo written > /proc/sys/kernel/domainname && echo sysctl",
        "echo h > /proc/sysrq-trigger && echo sysrq",
        "echo 1 > /sys/kernel/mm/ksm/run && echo sys",
        "for each in 'mount -t tmpfs none /tmp' 'unshare -U true' 'unshare -m true' 'unshare -n true'; do",
        '  /bin/busybox $each && echo "$each"',
        "done",
        "echo end",
      ];
      assert.equal(await run(script.join("\n")), "end\n");
    });
  });

  describe("what others on the host can reach", () => {
    it("is nothing of a container, whatever the umask", async () => {
      const umask = process.umask(0);
      try {
        await host.reopen();
        await host.run({ ...host.requestOf(["/bin/sleep", "1000"]), stdio: { kind: "log", stdin: true } });
      } finally {
        process.umask(umask);
      }
      const state = join(host.base, "state");
      // A daemon may have made them so that others can pass.
      for (const directory of [host.base, state]) chmodSync(directory, 0o755);
      const inside = readdirSync(state, { withFileTypes: true }).flatMap(({ name }) =>
        readdirSync(join(state, name)).map((each) => join(state, name, each)),
      );
      assert.ok(inside.includes(host.bundleOf("c1").directory));
      const reach = 'for each; do [ -e "$each" ] && echo "$each"; done; true';
      const paths = [...inside, join(host.bundleOf("c1").rootfs, "bin/busybox"), host.bundleOf("c1").record];
      const { stdout, status } = spawnSync("/bin/sh", ["-c", reach, "sh", ...paths], { uid: nobody, gid: nobody });
      assert.deepEqual([status, stdout.toString()], [0, ""]);
    });

    it("is no abstract socket, which network namespaces alone would keep from containers", async () => {
      const terminal = (spec: OciSpec): OciSpec => ({ ...spec, process: { ...spec.process, terminal: true } });
      const stdio = { kind: "log", stdin: true } as const;
      await host.run({ ...host.requestOf(["/bin/cat"], terminal), stdio });
      await host.run({ ...host.requestOf(["/bin/cat"]), stdio, id: "c2" });
      const monitors = ["c1", "c2"].map((id) => Number(readFileSync(host.bundleOf(id).monitorPid, "utf8")));
      const ours = new Set([process.pid, ...monitors].flatMap(socketsOf));
      // Columns: Num RefCount Protocol Flags Type St Inode Path (proc_net_unix in proc(5)).
      const rows = readFileSync("/proc/net/unix", "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/));
      assert.ok(rows.some((row) => ours.has(row[6] ?? "")));
      assert.deepEqual(
        rows.filter((row) => row[7]?.startsWith("@") && ours.has(row[6] ?? "")),
        [],
      );
    });
  });
});

/** Inodes of the sockets that a process has open. */
function socketsOf(pid: number): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(directory, fd)))?.[1] ?? [];
    } catch {
      // The one by which the directory was read.
      return [];
    }
  });
}

function twoOf(line: string): readonly [string, string] {
  const [name = "", value = ""] = line.split(/:\s*/);
  return [name, value];
}

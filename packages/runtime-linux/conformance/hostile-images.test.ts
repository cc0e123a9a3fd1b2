import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CreateRequest, Mount } from "@gantry/api";
import { type OciSpec, processToAny } from "@gantry/api/spec";
import { rejectsWith } from "@gantry/api/testing";
import { listMounts } from "@gantry/sys";
import { LinuxFixture, printed } from "./linux-fixture.ts";
import { noContainers, rootfsOf } from "./linux-harness.ts";

describe("runtime: linux with a root file system that lies", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
  });

  afterEach(() => host.close());

  const inImage = (path: string) => join(host.base, "image", path);

  function asUser(username: string, args: readonly string[] = ["/bin/true"]): CreateRequest {
    return host.requestOf(args, (spec) => ({ ...spec, process: { ...spec.process, user: { username } } }));
  }

  describe("users", () => {
    const passwd = "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n";
    const group = "root:x:0:\nmain:x:1001:\nextra:x:2002:app,other\nadmin:x:3003:app\n";
    const identity = ["/bin/sh", "-c", "id -u; id -g; id -G"];

    for (const [username, expected] of [
      ["app", "1000\n1001\n1001 2002 3003\n"],
      ["1000", "1000\n1001\n1001 2002 3003\n"],
      ["app:extra", "1000\n2002\n2002\n"],
      ["app:77", "1000\n77\n77\n"],
      ["4242", "4242\n0\n0\n"],
      ["0:0", "0\n0\n0\n"],
    ] as const) {
      it(`are looked up in the root file system: ${username}`, async () => {
        writeFileSync(join(host.base, "image/etc/passwd"), passwd);
        writeFileSync(join(host.base, "image/etc/group"), group);
        const container = await host.run(
          host.requestOf(identity, (spec) => ({ ...spec, process: { ...spec.process, user: { username } } })),
        );
        assert.equal(await printed(container), expected);
      });
    }

    it("that are not there make create fail with not-found, and leave nothing", async () => {
      const user = { username: "nobody-of-that-name" };
      const request = host.requestOf(identity, (spec) => ({ ...spec, process: { ...spec.process, user } }));
      await rejectsWith("not-found", host.runtime.create(request));
      assert.deepEqual(await host.leftovers(), []);
    });

    it("of an exec are looked up as those of a container", async () => {
      writeFileSync(inImage("etc/passwd"), passwd);
      writeFileSync(inImage("etc/group"), group);
      const container = await host.run(host.requestOf(["/bin/sleep", "1000"]));
      const process = processToAny({ args: [...identity], user: { username: "app" } });
      const exec = await container.exec({ id: "e1", process, stdio: { kind: "log" } });
      await exec.start();
      const frames = await Array.fromAsync(exec.output({ follow: true }));
      assert.equal(Buffer.concat(frames.map(({ data }) => data)).toString(), "1000\n1001\n1001 2002 3003\n");
    });

    it("whose number is too large are refused, also where a name looks like it", async () => {
      writeFileSync(inImage("etc/passwd"), "4294967296:x:0:0::/:/bin/sh\n-1:x:0:0::/:/bin/sh\n");
      for (const user of ["4294967296", "-1"]) {
        await rejectsWith("invalid-argument", host.runtime.create(asUser(user)));
      }
    });
  });

  describe("a file of users", () => {
    const entry = "app:x:1000:1000::/:/bin/sh\n";
    const canary = () => join(host.base, "canary");
    const spoilt: Readonly<Record<string, (path: string) => void>> = {
      "a FIFO": (path) => execFileSync("mkfifo", [path]),
      "an endless device": (path) => execFileSync("mknod", [path, "c", "1", "5"]),
      "a directory": (path) => mkdirSync(path),
      "of 1 GiB": (path) => writeSparse(path, 2 ** 30),
      "of a byte too much": (path) => writeSparse(path, 10 * 2 ** 20 + 1),
      "a link to the host's": (path) => symlinkSync(canary(), path),
      "a relative link to the host's": (path) => symlinkSync(`../../${"../".repeat(20)}${canary()}`, path),
      "a link to the host's by way of /proc": (path) => symlinkSync(`/proc/1/root${canary()}`, path),
    };

    function writeSparse(path: string, bytes: number): void {
      writeFileSync(path, entry);
      truncateSync(path, bytes);
    }

    for (const [what, spoil] of Object.entries(spoilt)) {
      it(`makes create and exec fail within a second when it is ${what}`, async () => {
        writeFileSync(canary(), entry);
        const container = await host.run({ ...host.requestOf(["/bin/sleep", "1000"]), id: "running" });
        spoil(inImage("etc/passwd"));
        const kind = what.includes("link") ? "not-found" : "invalid-argument";
        const process = processToAny({ args: ["/bin/true"], user: { username: "app" } });
        const began = performance.now();
        await rejectsWith(kind, container.exec({ id: "e1", process, stdio: { kind: "log" } }));
        await rejectsWith(kind, host.runtime.create(asUser("app")));
        assert.ok(performance.now() - began < 2000);
      });
    }

    it("of exactly the size that is allowed is read", async () => {
      const comment = "#\n".repeat(5 * 2 ** 20);
      writeFileSync(inImage("etc/passwd"), entry + comment.slice(entry.length));
      assert.equal(await printed(await host.run(asUser("app", ["/bin/id", "-u"]))), "1000\n");
    });
  });

  describe("a link in the place of a directory", () => {
    const writableRoot = () => rootfsOf(host.base).map((mount) => ({ ...mount, options: ["rbind"] }));

    function makeCanary(): string {
      const canary = join(host.base, "canary");
      mkdirSync(canary);
      return canary;
    }

    for (const name of ["dev", "proc", "sys", "etc"]) {
      for (const kind of ["absolute", "relative"]) {
        it(`leads nothing out of the root file system: /${name}, ${kind}`, async () => {
          const canary = makeCanary();
          rmSync(inImage(name), { recursive: true });
          symlinkSync(kind === "absolute" ? canary : relative(inImage("."), canary), inImage(name));
          const change = (spec: OciSpec): OciSpec => ({
            ...spec,
            root: { ...spec.root, path: "ignored", readonly: false },
            mounts: [
              ...(spec.mounts ?? []),
              { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
              { destination: "/etc/made/here", type: "tmpfs", source: "tmpfs" },
            ],
          });
          const request = { ...host.requestOf(["/bin/true"], change), rootfs: writableRoot() };
          // Whether a container comes of another one is the OCI runtime's to say; what it touches is not.
          if (name === "dev") await rejectsWith("invalid-argument", host.run(request));
          else await Promise.allSettled([host.run(request)]);
          assert.deepEqual(readdirSync(canary), []);
          assert.deepEqual(await listMounts(canary), []);
        });
      }
    }

    it("leads a working directory nowhere else", async () => {
      const canary = makeCanary();
      symlinkSync(canary, inImage("work"));
      const change = (spec: OciSpec): OciSpec => ({ ...spec, process: { ...spec.process, cwd: "/srv/made" } });
      await Promise.allSettled([host.run({ ...host.requestOf(["/bin/true"], change), rootfs: writableRoot() })]);
      assert.deepEqual(readdirSync(canary), []);
    });

    for (const [target, why] of [
      ["link", "a link to the host"],
      ["link/below", "below a link to the host"],
      ["../outside", "a way up"],
      ["../../../../../../../../etc", "a long way up"],
    ] as const) {
      it(`makes a mount of a root file system fail or stay inside: ${why}`, async () => {
        const canary = makeCanary();
        mkdirSync(join(canary, "below"));
        mkdirSync(join(host.base, "outside"));
        symlinkSync(canary, inImage("link"));
        const extra: Mount = { type: "tmpfs", source: "tmpfs", target, options: [] };
        const before = await listMounts("/etc");
        await Promise.allSettled([
          host.run({ ...host.requestOf(["/bin/true"]), rootfs: [...rootfsOf(host.base), extra] }),
        ]);
        assert.deepEqual(await listMounts(canary), []);
        assert.deepEqual(await listMounts(join(host.base, "outside")), []);
        assert.deepEqual(await listMounts("/etc"), before);
      });
    }
  });
});

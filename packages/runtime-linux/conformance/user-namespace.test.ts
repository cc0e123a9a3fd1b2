import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CreateRequest, Mount } from "@gantry/api";
import { buildSpec, processToAny, type SpecOptions, specToAny } from "@gantry/api/spec";
import { listMounts, mountAll, unmountAll } from "@gantry/sys";
import { setXattr } from "@gantry/sys/at";
import { LinuxFixture, printed } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";

const range = { containerID: 0, hostID: 200_000, size: 65_536 };

/** A snapshot over the image, as a snapshotter of overlay gives it. */
function overlayOn(base: string, name = "snapshot"): Mount {
  const place = join(base, name);
  for (const part of ["fs", "work"]) mkdirSync(join(place, part), { recursive: true });
  const options = [
    `lowerdir=${join(base, "image")}`,
    `upperdir=${join(place, "fs")}`,
    `workdir=${join(place, "work")}`,
  ];
  return { type: "overlay", source: "overlay", target: "", options };
}

describe("runtime: linux with a user namespace", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
    // The daemon's directories let others pass; a directory of mkdtemp(3) does not.
    chmodSync(host.base, 0o711);
  });

  afterEach(() => host.close());

  function requestOf(script: string, options: SpecOptions = {}, rootfs?: Mount): CreateRequest {
    const spec = buildSpec(
      { os: "linux", config: { Cmd: ["/bin/sh", "-ec", script], Env: ["PATH=/bin"] } },
      { userNamespace: { uidMappings: [range] }, ...options },
    );
    return { ...host.requestOf([]), spec: specToAny(spec), rootfs: [rootfs ?? overlayOn(host.base)] };
  }

  it("gives the image's files to root of the container, and to the image what root makes", async () => {
    writeFileSync(join(host.base, "image", "etc", "secret"), "for root\n", { mode: 0o600 });
    const script = `
      cat /proc/self/uid_map /proc/self/gid_map /etc/secret; id -u
      echo more >> /etc/secret; echo new > /etc/new; busybox chown 33:34 /etc/new; busybox stat -c %u:%g /etc/new /etc/secret
      busybox rm /bin/yes`;
    const container = await host.run(requestOf(script));
    assert.equal(
      (await printed(container)).replaceAll(/ +/g, " "),
      " 0 200000 65536\n 0 200000 65536\nfor root\n0\n33:34\n0:0\n",
    );
    const stored = join(host.base, "snapshot", "fs");
    const ownersOf = (name: string) => [lstatSync(join(stored, name)).uid, lstatSync(join(stored, name)).gid];
    assert.deepEqual(
      [ownersOf("etc/new"), ownersOf("etc/secret")],
      [
        [33, 34],
        [0, 0],
      ],
    );
    const shown = statSync(join(host.bundleOf("c1").rootfs, "etc", "new"));
    assert.deepEqual([shown.uid, shown.gid], [200_033, 200_034]);
    assert.ok(lstatSync(join(stored, "bin", "yes")).isCharacterDevice());
    await container.delete();
    assert.deepEqual(await listMounts(host.base), []);
  });

  it("is another user to the host, whatever it may do inside", async () => {
    const container = await host.run(requestOf("echo up; read -r line || busybox sleep 1000", { privileged: true }));
    const { pid } = await container.state();
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    assert.match(status, /^Uid:\t200000\t200000\t200000\t200000$/m);
    assert.match(status, /^Gid:\t200000\t200000\t200000\t200000$/m);
  });

  it("runs what changes the user, and what has capabilities, with those of the namespace", async () => {
    const image = join(host.base, "image");
    for (const name of ["setuid", "capable"]) {
      mkdirSync(join(image, name));
      writeFileSync(join(image, name, "busybox"), readFileSync("/bin/busybox"), { mode: 0o755 });
    }
    chmodSync(join(image, "setuid", "busybox"), 0o4755);
    // No password, so that su asks for none.
    writeFileSync(join(image, "etc", "passwd"), "root::0:0:root:/:/bin/sh\nme:x:1000:1000:me:/:/bin/sh\n");
    // CAP_NET_RAW, effective and permitted, in version 2 of the attribute (linux/capability.h).
    const netRaw = Buffer.from("0100000200200000000000000000000000000000", "hex");
    setXattr(join(image, "capable", "busybox"), "security.capability", netRaw);
    const script = "id -u; /setuid/busybox su root -c 'id -u'; /capable/busybox grep CapEff /proc/self/status";
    const container = await host.run(requestOf(script, { user: "1000:1000", allowNewPrivileges: true }));
    assert.equal(await printed(container), "1000\n0\nCapEff:\t0000000000002000\n");
  });

  it("runs programs added to it as its own users, and ends when told", async () => {
    const container = await host.run(requestOf("trap 'exit 7' TERM; echo up; busybox sleep 1000 & wait"));
    const frames = container.init.output({ follow: true })[Symbol.asyncIterator]();
    await frames.next();
    const process = processToAny({
      args: ["/bin/sh", "-c", "id -u; busybox whoami; echo x > /tmp/of-exec"],
      user: { uid: 5, gid: 6 },
    });
    chmodSync(join(host.base, "image", "tmp"), 0o1777);
    const exec = await container.exec({ id: "e1", process, stdio: { kind: "log" } });
    await exec.start();
    await exec.wait();
    const { uid, gid } = lstatSync(join(host.base, "snapshot", "fs", "tmp", "of-exec"));
    assert.deepEqual([uid, gid], [5, 6]);
    await container.kill(15);
    assert.equal((await container.init.wait()).status, 7);
    await frames.return?.();
  });

  it("has a terminal", async () => {
    const request = requestOf("test -t 0; busybox stat -c %u /dev/pts/0; echo done", { terminal: true });
    const container = await host.run(request);
    assert.match(await printed(container), /^0\r\ndone\r\n$/);
  });

  it("has the host's network where asked, and no device of its own making", async () => {
    const script =
      "busybox test -d /sys/class/net/lo; busybox mknod /tmp/null c 1 3 2> /dev/null && echo made || echo refused";
    const container = await host.run(requestOf(script, { hostNetwork: true }));
    assert.equal(await printed(container), "refused\n");
  });

  it("is found again, with its root file system, by the next one that opens the runtime", async () => {
    await host.run(requestOf("echo up; busybox sleep 1000"));
    const [found] = await host.reopen();
    assert.ok(found !== undefined && "container" in found);
    const process = processToAny({ args: ["/bin/sh", "-c", "echo x > /etc/later"] });
    const exec = await found.container.exec({ id: "e1", process, stdio: { kind: "log" } });
    await exec.start();
    assert.equal((await exec.wait()).status, 0);
    assert.equal(lstatSync(join(host.base, "snapshot", "fs", "etc", "later")).uid, 0);
  });

  it("shows a bind mount, and one that was made for the namespace as it is", async () => {
    const image: Mount = { type: "bind", source: join(host.base, "image"), target: "", options: [] };
    const container = await host.run(requestOf("busybox stat -c %u /etc; echo > /etc/new", {}, image));
    assert.equal(await printed(container), "0\n");
    assert.equal(lstatSync(join(host.base, "image", "etc", "new")).uid, 0);
    await container.delete();

    const made = join(host.base, "made");
    mkdirSync(made);
    const { uidMappings } = { uidMappings: [range] };
    const ids = uidMappings.map(({ containerID, hostID, size }) => ({ stored: containerID, shown: hostID, size }));
    await mountAll([image], made, { idMap: { uids: ids, gids: ids } });
    try {
      const source: Mount = { ...image, source: made };
      const second = await host.run(requestOf("busybox stat -c %u /etc", {}, source));
      assert.equal(await printed(second), "0\n");
      await second.delete();
    } finally {
      await unmountAll(made);
    }
  });

  it("lets nobody but its own group come to its files", async () => {
    await host.run(requestOf("busybox sleep 1000"));
    const bundle = statSync(host.bundleOf("c1").directory);
    assert.deepEqual([bundle.uid, bundle.gid, bundle.mode & 0o777], [0, 200_000, 0o710]);
  });

  it("is refused with unimplemented, and leaves nothing, where the file system cannot show other owners", async () => {
    const shown = join(host.base, "shown");
    mkdirSync(shown);
    await mountAll([overlayOn(host.base, "other")], shown);
    try {
      const onOverlay: Mount = { type: "bind", source: shown, target: "", options: [] };
      await assert.rejects(host.runtime.create(requestOf("true", {}, onOverlay)), {
        kind: "unimplemented",
        message: /idmapped mounts/,
      });
      assert.deepEqual(await host.leftovers(), []);
    } finally {
      await unmountAll(shown);
    }
  });

  it("is refused, and leaves nothing, where others may not come to the runtime's directories", async () => {
    chmodSync(host.base, 0o700);
    const refusal = { kind: "failed-precondition", message: new RegExp(`pass through ${host.base} `) };
    await assert.rejects(host.runtime.create(requestOf("true")), refusal);
    assert.deepEqual(await host.leftovers(), []);
  });

  it("is refused, and leaves nothing, where the spec has no ids for it", async () => {
    const request = requestOf("true");
    const { spec } = host.requestOf(["/bin/true"], (sound) => ({
      ...sound,
      linux: { ...sound.linux, namespaces: [...(sound.linux?.namespaces ?? []), { type: "user" }] },
    }));
    await assert.rejects(host.runtime.create({ ...request, spec }), {
      kind: "invalid-argument",
      subject: { type: "spec", id: "linux.uidMappings" },
    });
    const user = requestOf("true", { user: "70000" });
    await assert.rejects(host.runtime.create(user));
    assert.deepEqual(await host.leftovers(), []);
  });
});

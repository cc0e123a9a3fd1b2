import assert from "node:assert/strict";
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Mount } from "@gantry/api";
import type { OciSpec } from "@gantry/api/spec";
import { listMounts } from "@gantry/sys";
import { LinuxFixture } from "./linux-fixture.ts";
import { noContainers } from "./linux-harness.ts";

const mappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];

describe("runtime: linux leaves in the host's mount table", { skip: noContainers }, () => {
  let host: LinuxFixture;

  beforeEach(async () => {
    host = await LinuxFixture.open();
    chmodSync(host.base, 0o711);
  });

  afterEach(() => host.close());

  /** An overlay, and a tmpfs on a directory that only it shows. */
  function rootfs(): readonly Mount[] {
    const place = (name: string) => join(host.base, "snapshot", name);
    for (const name of ["fs", "work"]) mkdirSync(place(name), { recursive: true });
    const options = [`lowerdir=${join(host.base, "image")}`, `upperdir=${place("fs")}`, `workdir=${place("work")}`];
    return [
      { type: "overlay", source: "overlay", target: "", options },
      { type: "tmpfs", source: "tmpfs", target: "tmp", options: ["mode=1777"] },
    ];
  }

  const withUserNamespace = (spec: OciSpec): OciSpec => ({
    ...spec,
    linux: {
      ...spec.linux,
      namespaces: [...(spec.linux?.namespaces ?? []), { type: "user" }],
      uidMappings: mappings,
      gidMappings: mappings,
    },
  });
  const kinds = { "": (spec: OciSpec) => spec, ", with a user namespace": withUserNamespace };

  for (const [kind, change] of Object.entries(kinds)) {
    it(`what it shows while there is the container, and nothing after delete${kind}`, async () => {
      const request = { ...host.requestOf(["/bin/sleep", "1000"], change), rootfs: rootfs() };
      const container = await host.run(request);
      const shown = (await listMounts(host.base)).map(({ mountPoint, type }) => [mountPoint, type]);
      const place = host.bundleOf("c1").rootfs;
      assert.deepEqual(shown, [
        [place, "overlay"],
        [join(place, "tmp"), "tmpfs"],
      ]);
      await container.delete({ force: true });
      assert.deepEqual(await listMounts(host.base), []);
    });

    it(`nothing after a create whose last mount fails${kind}`, async () => {
      const absent: Mount = { type: "bind", source: join(host.base, "absent"), target: "etc", options: [] };
      const request = { ...host.requestOf(["/bin/true"], change), rootfs: [...rootfs(), absent] };
      await assert.rejects(host.runtime.create(request), { kind: "not-found" });
      assert.deepEqual([...(await listMounts(host.base)), ...(await host.leftovers())], []);
    });

    it(`nothing after a create that the OCI runtime fails${kind}`, async () => {
      const spoiled = { ociRuntime: host.spoiledRunc("create", "exit 1") };
      assert.deepEqual(await host.reopen(spoiled), []);
      const request = { ...host.requestOf(["/bin/true"], change), rootfs: rootfs() };
      await assert.rejects(host.runtime.create(request));
      assert.deepEqual([...(await listMounts(host.base)), ...(await host.leftovers())], []);
    });
  }
});

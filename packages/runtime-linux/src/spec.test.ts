import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "./lossless-json.ts";
import { completeSpec, readSpec } from "./spec.ts";
import { throwsWith } from "./testing/throws.ts";

const sound: JsonObject = { ociVersion: "1.0.2", process: { args: ["/bin/true"], cwd: "/" } };
const withLinux = (linux: JsonObject): JsonObject => ({ ...sound, linux });

describe("readSpec", () => {
  it("finds what the runtime needs to know", () => {
    const spec = readSpec({
      ...sound,
      root: { path: "/ignored", readonly: true },
      hooks: { poststop: [{ path: "/bin/true" }], prestart: [] },
      linux: { cgroupsPath: "/mine", namespaces: [{ type: "pid" }], intelRdt: {} },
    });
    const { document: _document, process: _process, ...facts } = spec;
    assert.deepEqual(facts, {
      rootReadonly: true,
      cgroupsPath: "/mine",
      ownsPidNamespace: true,
      userNamespace: null,
      usesRdt: true,
      hooks: new Set(["poststop"]),
    });
  });

  it("takes a spec that says little", () => {
    const { rootReadonly, cgroupsPath, ownsPidNamespace } = readSpec(sound);
    assert.deepEqual(
      { rootReadonly, cgroupsPath, ownsPidNamespace },
      { rootReadonly: false, cgroupsPath: null, ownsPidNamespace: false },
    );
  });

  it("knows a joined pid namespace from one of its own", () => {
    const joined = withLinux({ namespaces: [{ type: "pid", path: "/proc/1/ns/pid" }] });
    assert.equal(readSpec(joined).ownsPidNamespace, false);
  });

  const refused: readonly (readonly [property: string, document: JsonObject])[] = [
    ["process", { ociVersion: "1.0.2" }],
    ["process", { process: [] }],
    ["linux", { ...sound, linux: "yes" }],
    ["linux.namespaces", withLinux({ namespaces: {} })],
    ["root.readonly", { ...sound, root: { readonly: "yes" } }],
    ["hooks", { ...sound, hooks: [] }],
    ["annotations.a", { ...sound, annotations: { a: 1 } }],
    ["annotations.a", { ...sound, annotations: { a: "x\0y" } }],
    ["annotations.", { ...sound, annotations: { "": "x" } }],
    ["annotations.a\nb", { ...sound, annotations: { "a\nb": "x" } }],
    [
      "annotations.org.systemd.property.ExecStart",
      { ...sound, annotations: { "org.systemd.property.ExecStart": "x" } },
    ],
    ["annotations.run.oci.handler", { ...sound, annotations: { "run.oci.handler": "x" } }],
    ["linux.sysctl", withLinux({ sysctl: [] })],
    ["linux.sysctl.net.ipv4.ip_forward", withLinux({ sysctl: { "net.ipv4.ip_forward": 1 } })],
    [
      "linux.sysctl.kernel.shm_rmid_forced",
      withLinux({ sysctl: { "kernel.shm_rmid_forced": "1\nkernel.core_pattern=|/x" } }),
    ],
    ["linux.sysctl.kernel.a=1+kernel.core_pattern", withLinux({ sysctl: { "kernel.a=1+kernel.core_pattern": "x" } })],
    ["linux.sysctl.net/../../kernel/core_pattern", withLinux({ sysctl: { "net/../../kernel/core_pattern": "x" } })],
    ["linux.sysctl.", withLinux({ sysctl: { "": "x" } })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: "relative" })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: "/" })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: "/a/../../b" })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: "/a//b" })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: "system.slice:gantry:c1" })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: `/${"x".repeat(256)}` })],
    ["linux.cgroupsPath", withLinux({ cgroupsPath: 5 })],
  ];
  for (const [property, document] of refused) {
    it(`rejects with invalid-argument that names the property: ${JSON.stringify(document).slice(0, 120)}`, () => {
      assert.deepEqual(throwsWith("invalid-argument", () => readSpec(document)).subject, {
        type: "spec",
        id: property,
      });
    });
  }

  for (const sysctl of [
    "net.ipv4.ip_forward",
    "net/ipv4/conf/eth0.100/forwarding",
    "kernel.msgmax",
    "net.ipv4.conf.veth-1.rp_filter",
  ]) {
    it(`takes the sysctl ${sysctl}`, () => {
      readSpec(withLinux({ sysctl: { [sysctl]: "1 2\t3" } }));
    });
  }
});

describe("completeSpec", () => {
  it("replaces the root, the process and the cgroup, and keeps all else", () => {
    const document = {
      ...sound,
      hostname: "h",
      unknown: { kept: true },
      root: { path: "/etc", readonly: true, other: 1 },
      linux: { cgroupsPath: "/old", sysctl: { "kernel.msgmax": "1" } },
    };
    const decisions = { rootPath: "/state/rootfs", cgroupsPath: "/new", process: { args: ["a"] } };
    assert.deepEqual(completeSpec(readSpec(document), decisions), {
      ociVersion: "1.0.2",
      hostname: "h",
      unknown: { kept: true },
      process: { args: ["a"] },
      root: { path: "/state/rootfs", readonly: true },
      linux: { cgroupsPath: "/new", sysctl: { "kernel.msgmax": "1" } },
    });
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultCapabilities } from "./capabilities.ts";
import { seccompProfile } from "./seccomp-profile.ts";
import { allowedSyscalls, syscallsOfCapability } from "./seccomp-syscalls.ts";

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly { readonly index: number; readonly value: number; readonly op: string }[];
}

function rulesFor(name: string, capabilities = defaultCapabilities, architecture = "amd64"): readonly Rule[] {
  const { syscalls } = seccompProfile(capabilities, architecture);
  return (syscalls as readonly Rule[]).filter(({ names }) => names.includes(name));
}

/** What the rules about `name` let happen when its first argument is `value`. */
function isAllowed(name: string, value = 0): boolean {
  return rulesFor(name).some(({ action, args = [] }) => {
    const holds = args.every(({ value: bound, op }) => {
      switch (op) {
        case "SCMP_CMP_LT":
          return value < bound;
        case "SCMP_CMP_GT":
          return value > bound;
        case "SCMP_CMP_MASKED_EQ":
          return (value & bound) === 0;
        default:
          return value === bound;
      }
    });
    return action === "SCMP_ACT_ALLOW" && holds;
  });
}

describe("seccompProfile", () => {
  it("refuses what is in no list", () => {
    const profile = seccompProfile(defaultCapabilities, "amd64");
    assert.equal(profile["defaultAction"], "SCMP_ACT_ERRNO");
    const refused =
      "add_key bpf clone3 init_module io_uring_enter io_uring_register io_uring_setup kexec_file_load kexec_load keyctl mount " +
      "move_mount open_by_handle_at perf_event_open pivot_root process_vm_writev ptrace request_key setns socketcall swapon " +
      "umount2 unshare userfaultfd";
    assert.deepEqual(
      refused.split(" ").filter((name) => isAllowed(name)),
      [],
    );
  });

  it("allows threads, and no namespace with them", () => {
    const thread = 0x003d_0f00;
    assert.ok(isAllowed("clone", thread));
    for (const flag of [0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000]) {
      assert.equal(isAllowed("clone", thread | flag), false, `flag ${flag.toString(16)}`);
    }
  });

  it("allows sockets of all families but kernel crypto and hypervisors", () => {
    const families = Array.from({ length: 46 }, (_, family) => family);
    assert.deepEqual(
      families.filter((family) => !isAllowed("socket", family)),
      [38, 40],
    );
  });

  it("answers clone3 as a kernel without it, so that libraries fall back", () => {
    assert.deepEqual(rulesFor("clone3"), [{ names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38 }]);
  });

  it("allows with a capability what only it makes useful", () => {
    assert.equal(rulesFor("ptrace").length, 0);
    assert.equal(rulesFor("ptrace", ["CAP_SYS_PTRACE"]).length, 1);
    assert.deepEqual(
      rulesFor("clone3", ["CAP_SYS_ADMIN"]).map(({ action }) => action),
      ["SCMP_ACT_ALLOW"],
    );
    assert.equal(rulesFor("chroot", []).length, 0);
  });

  it("looks for the flags of clone where the architecture has them", () => {
    assert.deepEqual(
      rulesFor("clone", [], "s390x").map(({ args }) => args?.[0]?.index),
      [1],
    );
  });

  it("leaves an unknown architecture to the host's own ABI", () => {
    assert.equal(seccompProfile([], "toString")["architectures"], undefined);
    assert.equal(seccompProfile([], undefined)["architectures"], undefined);
  });
});

describe("the lists of system calls", () => {
  it("name each call once, well formed", () => {
    const names = Object.values(allowedSyscalls).flat();
    assert.deepEqual(
      names.filter((name) => !/^[a-z0-9_]+$/.test(name)),
      [],
    );
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
    for (const [capability, calls] of Object.entries(syscallsOfCapability)) {
      assert.deepEqual(
        calls.filter((name) => names.includes(name)),
        [],
        capability,
      );
    }
  });
});

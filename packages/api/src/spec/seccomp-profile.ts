import { allowedSyscalls, syscallsOfCapability } from "./seccomp-syscalls.ts";

/** A rule in the form of config-linux.md, "Seccomp". */
interface SyscallRule {
  readonly names: readonly string[];
  readonly action: "SCMP_ACT_ALLOW" | "SCMP_ACT_ERRNO";
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: string;
  }[];
}

const EPERM = 1;
const ENOSYS = 38;

/** Which ABIs a kernel for an architecture (in the words of OCI) serves. */
const abisOf: Readonly<Record<string, readonly string[]>> = {
  amd64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  "386": ["SCMP_ARCH_X86"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
  arm: ["SCMP_ARCH_ARM"],
  ppc64le: ["SCMP_ARCH_PPC64LE"],
  riscv64: ["SCMP_ARCH_RISCV64"],
  s390x: ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"],
};

/** Flags of clone(2) that make namespaces. */
const namespaceFlags = 0x7e02_0000;

/** Domains that personality(2) may be set to (Linux, with 32 bits, and with a version of 2.6), and the question for it. */
const personalities = [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

/** AF_ALG and AF_VSOCK: doors to kernel crypto and to hypervisors, which network namespaces do not close. */
const familyAlg = 38;
const familyVsock = 40;

/**
 * Returns the default seccomp profile: what is not allowed fails with EPERM.
 *
 * @param capabilities - names that the container has; some allow more calls
 * @param architecture - of the image; where it is absent or unknown, only the host's own ABI is served
 */
export function seccompProfile(
  capabilities: readonly string[],
  architecture: string | undefined,
): Readonly<Record<string, unknown>> {
  const abis = Object.hasOwn(abisOf, architecture ?? "") ? abisOf[architecture ?? ""] : undefined;
  const groups = [...Object.values(allowedSyscalls), ...capabilities.map((name) => syscallsOfCapability[name] ?? [])];
  const rules: SyscallRule[] = [
    { names: [...new Set(groups.flat())].sort(), action: "SCMP_ACT_ALLOW" },
    ...personalities.map((value) => allowIf("personality", { value, op: "SCMP_CMP_EQ" })),
    allowIf("socket", { value: familyAlg, op: "SCMP_CMP_LT" }),
    allowIf("socket", { value: familyAlg + 1, op: "SCMP_CMP_EQ" }),
    allowIf("socket", { value: familyVsock, op: "SCMP_CMP_GT" }),
  ];
  if (!capabilities.includes("CAP_SYS_ADMIN")) {
    rules.push(...threadsWithoutNamespaces(architecture));
  }
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    ...(abis && { architectures: abis }),
    syscalls: rules,
  };
}

function threadsWithoutNamespaces(architecture: string | undefined): readonly SyscallRule[] {
  // On s390 the flags are the second argument (clone(2), "C library/kernel differences").
  const index = architecture === "s390x" ? 1 : 0;
  return [
    allowIf("clone", { index, value: namespaceFlags, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }),
    // Its flags are in memory, where a filter cannot see them. C libraries fall back to clone on this error only.
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
  ];
}

function allowIf(
  name: string,
  condition: { index?: number; value: number; valueTwo?: number; op: string },
): SyscallRule {
  return { names: [name], action: "SCMP_ACT_ALLOW", args: [{ index: 0, ...condition }] };
}

import { OperationError, type Subject } from "@gantry/api";

/** Size of the writable layer in bytes, as containerd's clients give it. */
const bytesLabel = "containerd.io/snapshot/windows/rootfs.sizebytes";
/** The same in units of 2^30 bytes; deprecated, and weaker than the one in bytes. */
const gibibytesLabel = "containerd.io/snapshot/io.microsoft.container.storage.rootfs.size-gb";
/** Asks for the disk of a utility VM. */
const vmScratchLabel = "containerd.io/snapshot/io.microsoft.vm.storage.scratch";

const gibibyte = 1n << 30n;
const highest = (1n << 64n) - 1n;

/**
 * Reads from the labels of a key how large its disk shall become.
 *
 * @returns bytes, or null: as large as the base layer has it
 *
 * Throws
 * - `invalid-argument`: a size is no number, or beyond 64 bits
 * - `unimplemented`: a disk for a utility VM is asked for
 */
export function scratchSize(subject: Subject, labels: ReadonlyMap<string, string>): bigint | null {
  const vmScratch = labels.get(vmScratchLabel);
  if (vmScratch !== undefined && vmScratch !== "false") {
    throw new OperationError("unimplemented", subject, `label ${vmScratchLabel}: disks of utility VMs are not made`);
  }
  const gibibytes = numberOf(subject, gibibytesLabel, labels.get(gibibytesLabel));
  const bytes = numberOf(subject, bytesLabel, labels.get(bytesLabel));
  const size = bytes ?? (gibibytes === null ? null : gibibytes * gibibyte);
  if (size !== null && size > highest) {
    throw new OperationError(
      "invalid-argument",
      subject,
      `the size of the disk is ${size} bytes, more than 64 bits hold`,
    );
  }
  return size === 0n ? null : size;
}

function numberOf(subject: Subject, label: string, text: string | undefined): bigint | null {
  if (text === undefined) {
    return null;
  }
  if (!/^[0-9]{1,20}$/.test(text)) {
    const rule = `label ${label} must be a decimal number, is ${JSON.stringify(text)}`;
    throw new OperationError("invalid-argument", subject, rule);
  }
  return BigInt(text);
}

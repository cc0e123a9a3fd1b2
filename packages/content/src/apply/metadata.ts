import { fchmodSync, fchownSync } from "node:fs";
import { fchmodat, fchownat, futimens, setXattr, utimensat } from "@gantry/sys/at";
import { errnoOf } from "../file-error.ts";
import { type ByteString, nativeName } from "../tar/byte-string.ts";
import type { TarEntry } from "../tar/tar-entry.ts";

/**
 * What the overlay file system keeps its own bookkeeping in (kernel, overlayfs.rst). From an archive it would be an
 * order to that file system: to hide or to redirect directories of lower layers.
 */
const overlayXattr = /^(?:trusted|user)\.overlay\./;

/**
 * Gives an open file or directory owner, permissions and extended attributes, in the order that the kernel needs:
 * chown(2) takes setuid bits and capabilities (xattr) away. Times come last, with {@link setTimes}.
 */
export function setAttributes(handle: number, entry: TarEntry): void {
  fchownSync(handle, entry.uid, entry.gid);
  fchmodSync(handle, entry.mode);
  for (const [name, value] of entry.xattrs) setXattrIfKnown(handle, name, value);
}

/** Sets the times of an open file or directory. */
export function setTimes(handle: number, modifiedNs: bigint): void {
  futimens(handle, { atimeNs: modifiedNs, mtimeNs: modifiedNs });
}

/** Gives what is not opened (a link, a device, a FIFO) all of its attributes, by its name in an open directory. */
export function setAttributesAt(directory: number, name: ByteString, entry: TarEntry): void {
  const native = nativeName(name);
  fchownat(directory, native, entry.uid, entry.gid);
  if (entry.type !== "symlink") fchmodat(directory, native, entry.mode);
  const path = Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), Buffer.from(name, "latin1")]);
  for (const [xattr, value] of entry.xattrs) setXattrIfKnown(path, xattr, value);
  utimensat(directory, native, { atimeNs: entry.modifiedNs, mtimeNs: entry.modifiedNs });
}

function setXattrIfKnown(target: number | Buffer, name: ByteString, value: Buffer): void {
  if (overlayXattr.test(name)) return;
  try {
    setXattr(target, Buffer.from(name, "latin1").toString(), value);
  } catch (error) {
    // The file system, or for this kind of file the kernel, has no such attributes: the file is whole without them.
    if (errnoOf(error) !== "EOPNOTSUPP" && errnoOf(error) !== "ENOTSUP") throw error;
  }
}

import { OperationError, type Subject } from "@gantry/api";
import { type ByteString, shownName } from "./byte-string.ts";

/** What an entry of an archive makes. */
export type TarEntryType = "file" | "directory" | "symlink" | "hardlink" | "character-device" | "block-device" | "fifo";

/** One entry of an archive, extended headers applied. Nothing in it is to be trusted but its form. */
export interface TarEntry {
  /** As written: it may be absolute, hold `..`, or be empty. */
  readonly name: ByteString;
  readonly type: TarEntryType;
  /** Where a symbolic or hard link points. */
  readonly linkName: ByteString;
  /** Permissions with setuid, setgid and sticky bit. */
  readonly mode: number;
  /** 0 to 2^32 - 2: the highest number means "unchanged" to chown(2). */
  readonly uid: number;
  readonly gid: number;
  /** Bytes of data that follow; 0 for everything but files. A safe integer. */
  readonly sizeBytes: number;
  /** Nanoseconds since 1970. */
  readonly modifiedNs: bigint;
  readonly device: { readonly major: number; readonly minor: number };
  readonly xattrs: ReadonlyMap<ByteString, Buffer>;
}

/** The error for an archive that breaks a rule at one entry. */
export function invalidEntry(subject: Subject, name: ByteString, rule: string): OperationError {
  return new OperationError("invalid-argument", subject, `entry ${shownName(name)}: ${rule}`);
}

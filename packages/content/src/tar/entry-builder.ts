import type { Subject } from "@gantry/api";
import type { ByteString } from "./byte-string.ts";
import { type PaxRecords, paxInteger, paxText, paxTimeNs } from "./pax-records.ts";
import { invalidEntry, type TarEntry, type TarEntryType } from "./tar-entry.ts";
import type { TarHeader } from "./tar-header.ts";

/** What came before a header and speaks of its entry: an extended header, or GNU's long names. */
export interface Extensions {
  readonly records: PaxRecords | undefined;
  readonly longName: ByteString | undefined;
  readonly longLinkName: ByteString | undefined;
}

const types: ReadonlyMap<string, TarEntryType> = new Map([
  ["0", "file"],
  ["\0", "file"],
  ["7", "file"],
  ["1", "hardlink"],
  ["2", "symlink"],
  ["3", "character-device"],
  ["4", "block-device"],
  ["5", "directory"],
  ["6", "fifo"],
]);

const xattrPrefix = "SCHILY.xattr.";
const idMax = 0xffff_fffen;
/** What Linux can hold: 12 bits of major and 20 bits of minor number (makedev(3) splits them so). */
const majorMax = 0xfffn;
const minorMax = 0xf_ffffn;

/**
 * Makes an entry of a header and what came before it.
 *
 * Throws `invalid-argument`: a value is out of its range, or two readers could take the entry for different things.
 */
export function buildEntry(subject: Subject, header: TarHeader, extensions: Extensions): TarEntry {
  const records: PaxRecords = extensions.records ?? new Map();
  const name = extensions.longName ?? paxText(records, "path") ?? header.name;
  const refuse = (rule: string) => invalidEntry(subject, name, rule);
  const linkName = extensions.longLinkName ?? paxText(records, "linkpath") ?? header.linkName;
  if (name.includes("\0") || linkName.includes("\0")) throw refuse("a name holds a NUL byte");
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse."))) throw refuse("sparse files are not supported");
  const inRange = (field: string, value: bigint | null | undefined, fallback: bigint, max: bigint): number => {
    const number = value === undefined ? fallback : value;
    if (number === null || number < 0n || number > max) throw refuse(`its ${field} is not a number from 0 to ${max}`);
    return Number(number);
  };
  const type = typeOf(header.typeFlag, name);
  if (type === undefined) throw refuse(`entries of type ${JSON.stringify(header.typeFlag)} are not supported`);
  const sizeBytes = inRange("size", paxInteger(records, "size"), header.size, BigInt(Number.MAX_SAFE_INTEGER));
  // Some readers skip as many bytes after a link or a directory, others do not.
  if (type !== "file" && sizeBytes > 0) throw refuse(`a ${type} cannot have ${sizeBytes} bytes of data`);
  const modifiedNs = paxTimeNs(records, "mtime");
  if (modifiedNs === null) throw refuse("its time of modification is not a number");
  return {
    name,
    type,
    linkName,
    mode: Number(header.mode & 0o7777n),
    uid: inRange("owner", paxInteger(records, "uid"), header.uid, idMax),
    gid: inRange("group", paxInteger(records, "gid"), header.gid, idMax),
    sizeBytes,
    modifiedNs: modifiedNs ?? header.modified * 1_000_000_000n,
    device: deviceOf(type, header, inRange),
    xattrs: xattrsOf(records),
  };
}

function typeOf(typeFlag: string, name: ByteString): TarEntryType | undefined {
  const type = types.get(typeFlag);
  // The oldest archives had no type for directories but a slash behind the name.
  return type === "file" && typeFlag !== "7" && name.endsWith("/") ? "directory" : type;
}

function deviceOf(
  type: TarEntryType,
  header: TarHeader,
  inRange: (field: string, value: bigint, fallback: bigint, max: bigint) => number,
): TarEntry["device"] {
  if (type !== "character-device" && type !== "block-device") return { major: 0, minor: 0 };
  return {
    major: inRange("major device number", header.major, 0n, majorMax),
    minor: inRange("minor device number", header.minor, 0n, minorMax),
  };
}

function xattrsOf(records: PaxRecords): ReadonlyMap<ByteString, Buffer> {
  const xattrs = new Map<ByteString, Buffer>();
  for (const [key, value] of records) {
    if (key.startsWith(xattrPrefix)) xattrs.set(key.slice(xattrPrefix.length), value);
  }
  return xattrs;
}

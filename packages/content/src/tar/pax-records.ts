import type { ByteString } from "./byte-string.ts";
import { HeaderFault } from "./tar-header.ts";

/** The records of an extended header (POSIX pax, "pax Extended Header"): `LENGTH KEY=VALUE\n`, values as bytes. */
export type PaxRecords = ReadonlyMap<ByteString, Buffer>;

const space = 0x20;
const equals = 0x3d;
const newline = 0x0a;

/**
 * Takes an extended header apart, or says what is wrong with it. Strict where readers differ: a length must be exact,
 * a key must be there once, so that nobody reads another archive than we do.
 */
export function decodePaxRecords(bytes: Buffer): PaxRecords | HeaderFault {
  const records = new Map<ByteString, Buffer>();
  for (let rest = bytes; rest.length > 0; ) {
    const lengthEnd = rest.indexOf(space);
    const digits = rest.toString("latin1", 0, Math.max(lengthEnd, 0));
    const length = /^[1-9][0-9]{0,9}$/.test(digits) ? Number(digits) : 0;
    const keyEnd = rest.indexOf(equals);
    const isWhole = length > keyEnd && length <= rest.length && rest[length - 1] === newline;
    if (!isWhole || keyEnd <= lengthEnd + 1) return new HeaderFault("an extended header has a malformed record");
    const key = rest.toString("latin1", lengthEnd + 1, keyEnd);
    if (records.has(key)) return new HeaderFault(`an extended header has two records ${JSON.stringify(key)}`);
    records.set(key, rest.subarray(keyEnd + 1, length - 1));
    rest = rest.subarray(length);
  }
  return records;
}

/** The text of a record; `undefined` where it is missing or empty, which means the same (POSIX). */
export function paxText(records: PaxRecords, key: string): ByteString | undefined {
  const value = records.get(key);
  return value === undefined || value.length === 0 ? undefined : value.toString("latin1");
}

/** The number of a record, `undefined` where it is missing, `null` where it is none. */
export function paxInteger(records: PaxRecords, key: string): bigint | null | undefined {
  const text = paxText(records, key);
  if (text === undefined) return undefined;
  return /^[0-9]{1,20}$/.test(text) ? BigInt(text) : null;
}

/** The time of a record (seconds with a fraction) in nanoseconds, `undefined` where it is missing, `null` where it is none. */
export function paxTimeNs(records: PaxRecords, key: string): bigint | null | undefined {
  const text = paxText(records, key);
  if (text === undefined) return undefined;
  const match = /^(-?)([0-9]{1,19})(?:\.([0-9]*))?$/.exec(text);
  if (match === null) return null;
  const [, sign, seconds = "", fraction = ""] = match;
  const value = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return sign === "-" ? -value : value;
}

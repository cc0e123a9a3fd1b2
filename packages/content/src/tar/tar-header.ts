import type { ByteString } from "./byte-string.ts";

/** The fields of one header block (POSIX pax, "ustar Interchange Format", and GNU's and star's base-256 numbers). */
export interface TarHeader {
  readonly name: ByteString;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
  /** Seconds since 1970. */
  readonly modified: bigint;
  readonly typeFlag: string;
  readonly linkName: ByteString;
  readonly major: bigint;
  readonly minor: bigint;
}

/** Bytes of a block: a header is one, data is padded to the next. */
export const blockBytes = 512;

/** Why a block is no header. */
export class HeaderFault {
  readonly rule: string;

  constructor(rule: string) {
    this.rule = rule;
  }
}

/** Takes a header block apart, or says what is wrong with it. */
export function decodeHeader(block: Buffer): TarHeader | HeaderFault {
  if (!hasRightChecksum(block)) return new HeaderFault("the header's checksum is wrong");
  const numbers = {
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    modified: number(block, 136, 12),
    ...deviceNumbers(block),
  };
  for (const [field, value] of Object.entries(numbers)) {
    if (value === undefined) return new HeaderFault(`the header's field for ${field} is not a number`);
  }
  const { mode = 0n, uid = 0n, gid = 0n, size = 0n, modified = 0n, major = 0n, minor = 0n } = numbers;
  const typeFlag = block.toString("latin1", 156, 157);
  return {
    name: nameOf(block),
    mode,
    uid,
    gid,
    size,
    modified,
    typeFlag,
    linkName: text(block, 157, 100),
    major,
    minor,
  };
}

/** Whether a block holds zeros alone; two of them end an archive. */
export function isZeroBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function hasRightChecksum(block: Buffer): boolean {
  const written = number(block, 148, 8);
  let sum = 0;
  let signedSum = 0;
  for (let index = 0; index < blockBytes; index++) {
    // The checksum itself counts as spaces.
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    sum += byte;
    signedSum += byte > 127 ? byte - 256 : byte;
  }
  // Old programs added the bytes up as signed characters.
  return written === BigInt(sum) || written === BigInt(signedSum);
}

function nameOf(block: Buffer): ByteString {
  const name = text(block, 0, 100);
  // Only POSIX's own magic has a prefix; GNU's ("ustar ", with a space) keeps other things in its place.
  if (block.toString("latin1", 257, 263) !== "ustar\0") return name;
  const prefix = text(block, 345, 155);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The oldest form of header ends before these fields, and whatever is there is none of its. */
function deviceNumbers(block: Buffer): { readonly major: bigint | undefined; readonly minor: bigint | undefined } {
  if (block.toString("latin1", 257, 262) !== "ustar") return { major: 0n, minor: 0n };
  return { major: number(block, 329, 8), minor: number(block, 337, 8) };
}

function text(block: Buffer, offset: number, length: number): ByteString {
  const end = block.subarray(offset, offset + length).indexOf(0);
  return block.toString("latin1", offset, offset + (end < 0 ? length : end));
}

/** Octal digits, or from a first byte with the high bit on a big-endian number in two's complement. */
function number(block: Buffer, offset: number, length: number): bigint | undefined {
  const field = block.subarray(offset, offset + length);
  const first = field[0] ?? 0;
  if (first & 0x80) return base256(field);
  const digits = field.toString("latin1").replace(/\0.*$/s, "").trim();
  if (digits === "") return 0n;
  return /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : undefined;
}

function base256(field: Buffer): bigint {
  const isNegative = field[0] === 0xff;
  const magnitude = BigInt(`0x${field.toString("hex")}`);
  const width = BigInt(field.length * 8);
  return isNegative ? magnitude - (1n << width) : magnitude ^ (1n << (width - 1n));
}

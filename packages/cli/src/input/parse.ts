import type { RunOptions } from "@gantry/client";
import { InvalidArgumentError } from "commander";

type UserNamespaceOptions = NonNullable<RunOptions["userNamespace"]>;

const multipliers: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Reads `64m`, `1.5g` or a number of bytes. */
export function parseBytes(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([bkmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (multipliers[unit.toLowerCase()] ?? Number.NaN));
  if (digits === "" || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new InvalidArgumentError("Expected a number of bytes, such as 64m or 1.5g.");
  }
  return bytes;
}

/** Reads a number above 0, such as `0.5`. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || !(value > 0)) {
    throw new InvalidArgumentError("Expected a number above 0.");
  }
  return value;
}

/** Reads a whole number above 0. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw new InvalidArgumentError("Expected a whole number above 0.");
  }
  return Number(text);
}

/**
 * Reads `UID:GID:SIZE`, the ids of the host that ids 0 to SIZE - 1 of a container are, or `host` for no user namespace.
 */
export function parseUserNamespace(text: string): UserNamespaceOptions | null {
  if (text === "host") {
    return null;
  }
  const [, uid, gid, count] = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(text) ?? [];
  const size = Number(count);
  if (uid === undefined || gid === undefined || !(size > 0)) {
    throw new InvalidArgumentError("Expected UID:GID:SIZE, such as 100000:100000:65536, or host.");
  }
  const rangeAt = (hostID: number) => [{ containerID: 0, hostID, size }];
  return { uidMappings: rangeAt(Number(uid)), gidMappings: rangeAt(Number(gid)) };
}

/** Reads a whole number of any size. */
export function parseSequence(text: string): bigint {
  if (!/^\d{1,20}$/.test(text)) {
    throw new InvalidArgumentError("Expected a sequence number.");
  }
  return BigInt(text);
}

/** Adds `NAME=VALUE`, or NAME with the value it has here, to those read before. */
export function collectVariables(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, name = "", assignment] = /^([^=\0]+)(=[^\0]*)?$/s.exec(text) ?? [];
  if (name === "") {
    throw new InvalidArgumentError("Expected NAME=VALUE.");
  }
  const value = assignment === undefined ? process.env[name] : assignment.slice(1);
  return value === undefined ? before : new Map(before).set(name, value);
}

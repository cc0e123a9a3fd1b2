import { specError } from "./spec-error.ts";

/**
 * The largest id that is accepted. The kernel knows larger ones, but OCI runtimes compute with 32 bits with a sign, where
 * a larger one may come out as 0, which is root (CVE-2024-40635).
 */
export const idMax = 2 ** 31 - 1;

/** What a user's text says: names to look up, or numbers to take. */
export interface UserText {
  readonly user: string | number;
  /** `null` where no group is named. */
  readonly group: string | number | null;
}

/**
 * Names begin with a letter or `_`. What begins otherwise and is no number was looked up as a name by other runtimes,
 * which let an image's passwd file say what `4294967296` or `0x0` means (CVE-2026-46680).
 */
const namePattern = /^[A-Za-z_][^\s:,/\p{Cc}]{0,254}$/u;
const numberPattern = /^\d{1,10}$/;

/**
 * Reads `NAME[:GROUP]`, where both may be numbers.
 *
 * Throws `invalid-argument`: it has another form, or a number is beyond {@link idMax}.
 */
export function parseUserText(text: string): UserText {
  const [user, group, ...more] = text.split(":");
  if (user === undefined || more.length > 0) {
    throw userError(text);
  }
  return { user: parsePart(user, text), group: group === undefined ? null : parsePart(group, text) };
}

function parsePart(part: string, text: string): string | number {
  if (numberPattern.test(part) && Number(part) <= idMax) {
    return Number(part);
  }
  if (namePattern.test(part)) {
    return part;
  }
  throw userError(text);
}

function userError(text: string) {
  const given = JSON.stringify(text.slice(0, 128));
  return specError("process.user.username", `${given}: expected NAME[:GROUP] with names or numbers from 0 to ${idMax}`);
}

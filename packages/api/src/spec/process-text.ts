import { specError } from "./spec-error.ts";

/** The largest user or group id that is accepted: OCI runtimes compute with 32 bits with a sign (CVE-2024-40635). */
const idMax = 2 ** 31 - 1;

/** A name begins with a letter or `_`, so that no malformed number is ever looked up as a name (CVE-2026-46680). */
const namePattern = /^[A-Za-z_][^\s:,/\p{Cc}]{0,254}$/u;

/** Returns `values` if they are a list of texts without NUL, which would end them early in the kernel's eyes. */
export function checkTexts(values: unknown, property: string): readonly string[] {
  if (!Array.isArray(values)) {
    throw specError(property, "expected a list of texts");
  }
  values.forEach((value, index) => {
    checkText(value, `${property}[${index}]`);
  });
  return values;
}

/** Returns `value` if it is a text without NUL. */
export function checkText(value: unknown, property: string): string {
  if (typeof value !== "string" || value.includes("\0")) {
    throw specError(property, "expected a text without NUL");
  }
  return value;
}

/** Returns `path` if it is absolute. */
export function checkAbsolutePath(path: unknown, property: string): string {
  if (!checkText(path, property).startsWith("/")) {
    throw specError(property, `${JSON.stringify(path)} is no absolute path`);
  }
  return checkText(path, property);
}

/**
 * Returns `user` if it reads `USER[:GROUP]` with names or decimal numbers. What the names mean only the root file
 * system knows; the runtime looks them up there.
 */
export function checkUser(user: string, property: string): string {
  const parts = checkText(user, property).split(":");
  if (parts.length > 2 || !parts.every(isNameOrId)) {
    const given = JSON.stringify(user.slice(0, 128));
    throw specError(property, `${given}: expected USER[:GROUP], names or numbers from 0 to ${idMax}`);
  }
  return user;
}

function isNameOrId(part: string): boolean {
  return namePattern.test(part) || (/^\d{1,10}$/.test(part) && Number(part) <= idMax);
}

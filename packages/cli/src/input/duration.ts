import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The longest time that any option takes. */
const longestMs = 86_400_000;

/** Reads `500ms`, `10s`, `1.5m` or `1h` as milliseconds; a bare number is seconds. At most a day. */
export function parseDuration(text: string): number {
  const [, digits = "", unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const durationMs = Math.round(Number(digits) * (units[unit] ?? Number.NaN));
  if (digits === "" || !Number.isSafeInteger(durationMs) || durationMs > longestMs) {
    throw new InvalidArgumentError("Expected a time of a day at most, such as 500ms, 10s or 1m.");
  }
  return durationMs;
}

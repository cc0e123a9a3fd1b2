import { InvalidArgumentError } from "commander";

const unitSeconds: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3_600],
  ["d", 86_400],
]);

/** The longest lifetime of a lease that a request can say, in seconds. */
const longestSeconds = 2 ** 32 - 1;

/** Reads a whole number with a unit, `90s`, `15m`, `24h` or `7d`, as seconds. */
export function parseLifetime(text: string): number {
  const [, count = "", unit = ""] = /^([1-9]\d*)([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (unitSeconds.get(unit) ?? 0);
  if (seconds > 0 && seconds <= longestSeconds) return seconds;
  throw new InvalidArgumentError("Expected a whole number with a unit, such as 90s, 15m, 24h or 7d.");
}

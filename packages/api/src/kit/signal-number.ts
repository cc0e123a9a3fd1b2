import { OperationError, type Subject } from "../errors.ts";
import type { Signal } from "../process.ts";

/** Names of the signals 1 to 31 of Linux (signal(7)), which are the same on whatever host this runs. */
const names =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );

/** Other names of some (signal(7)). */
const aliases = new Map([
  ["IOT", 6],
  ["CLD", 17],
  ["POLL", 29],
]);

/** The first real-time signal that libc leaves to programs; `RTMIN` and `RTMAX` count from here (signal(7)). */
const firstRealTimeSignal = 34;

/** The last real-time signal. */
const lastSignal = 64;

/**
 * Returns the number that `signal` has on Linux. It is a number from 1 to 64, or a name with or without `SIG`, in any case;
 * `RTMIN+n` and `RTMAX-n` are names too.
 *
 * Throws `invalid-argument`: Linux has no such signal. Signal 0, which only asks, is none.
 */
export function signalNumber(signal: Signal, subject: Subject): number {
  const number = typeof signal === "number" ? signal : numberOf(signal.trim().toUpperCase());
  if (Number.isInteger(number) && number >= 1 && number <= lastSignal) return number;
  const given = JSON.stringify(typeof signal === "string" ? signal.slice(0, 64) : signal);
  const detail = `unknown signal ${given}, expected a name such as SIGTERM or a number from 1 to ${lastSignal}`;
  throw new OperationError("invalid-argument", subject, detail);
}

function numberOf(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const name = text.replace(/^SIG/, "");
  const [, from, offset = "0"] = /^(RTMIN(?=$|\+)|RTMAX(?=$|-))(?:[+-](\d{1,2}))?$/.exec(name) ?? [];
  if (from === undefined) return aliases.get(name) ?? names.indexOf(name) + 1;
  const number = from === "RTMIN" ? firstRealTimeSignal + Number(offset) : lastSignal - Number(offset);
  return number >= firstRealTimeSignal ? number : 0;
}

import { constants } from "node:os";
import { OperationError, type Signal, type Subject } from "@gantry/api";

/** SIGKILL of signal(7): the one that no process can ignore. */
export const killSignal = 9;

/** SIGSTOP of signal(7). */
export const stopSignal = 19;

/** The last real-time signal of Linux (signal(7)). */
const lastSignal = 64;
/** The first real-time signal that libc leaves to programs; `SIGRTMIN` and `SIGRTMAX` count from here (signal(7)). */
const firstRealTimeSignal = 34;

/**
 * Returns the number of `signal`, given as a number, a name with or without `SIG` in any case, `RTMIN+n` or `RTMAX-n`.
 *
 * Throws `invalid-argument`: Linux has no such signal. Signal 0, which only asks, is none.
 */
export function signalNumber(signal: Signal, subject: Subject): number {
  const number = typeof signal === "number" ? signal : numberOfText(signal.trim().toUpperCase());
  if (Number.isInteger(number) && number >= 1 && number <= lastSignal) {
    return number;
  }
  const given = JSON.stringify(typeof signal === "string" ? signal.slice(0, 64) : signal);
  const expected = `expected a name such as SIGTERM or a number from 1 to ${lastSignal}`;
  throw new OperationError("invalid-argument", subject, `unknown signal ${given}, ${expected}`);
}

function numberOfText(text: string): number {
  if (/^\d{1,3}$/.test(text)) {
    return Number(text);
  }
  const name = text.startsWith("SIG") ? text : `SIG${text}`;
  const realTime = /^SIGRT(?:MIN(?:\+(\d{1,2}))?|MAX(?:-(\d{1,2}))?)$/.exec(name);
  if (realTime !== null) {
    const number = name.startsWith("SIGRTMIN")
      ? firstRealTimeSignal + Number(realTime[1] ?? 0)
      : lastSignal - Number(realTime[2] ?? 0);
    return number >= firstRealTimeSignal && number <= lastSignal ? number : Number.NaN;
  }
  return new Map<string, number>(Object.entries(constants.signals)).get(name) ?? Number.NaN;
}

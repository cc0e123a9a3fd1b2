import { OperationError, type Signal, type Subject } from "@gantry/api";

/** Names of the signals 1 to 31 of Linux (signal(7)), which are the same on whatever host this runs. */
const names =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );

/** The last real-time signal of Linux. */
const lastSignal = 64;

/** SIGKILL: the one that no program can ignore. */
export const killSignal = 9;

/** CHLD, CONT, URG and WINCH do nothing to a program by default, and the four that stop it are not simulated. */
const harmless: readonly number[] = [17, 18, 19, 20, 21, 22, 23, 28];

/** Whether a signal ends a program that has said nothing about it. */
export function endsByDefault(signal: number): boolean {
  return !harmless.includes(signal);
}

/**
 * Returns the number of `signal`: a number from 1 to 64, or a name with or without `SIG`, in any case.
 *
 * Throws `invalid-argument`: Linux has no such signal.
 */
export function signalNumber(signal: Signal, subject: Subject): number {
  const number = typeof signal === "number" ? signal : numberOf(signal.toUpperCase());
  if (Number.isInteger(number) && number >= 1 && number <= lastSignal) return number;
  const detail = `unknown signal ${JSON.stringify(signal)}, expected a name such as SIGTERM or 1 to ${lastSignal}`;
  throw new OperationError("invalid-argument", subject, detail);
}

function numberOf(text: string): number {
  return /^\d{1,2}$/.test(text) ? Number(text) : names.indexOf(text.replace(/^SIG/, "")) + 1;
}

/** What the program ends with. Those of 125 and more are where other container engines have them. */
export const exitCode = {
  ok: 0,
  error: 1,
  usage: 2,
  /** The daemon could not run it. */
  daemonError: 125,
  cannotExecute: 126,
  programNotFound: 127,
} as const;

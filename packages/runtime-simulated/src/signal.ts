/** SIGKILL: the one that no program can ignore. */
export const killSignal = 9;

/** CHLD, CONT, URG and WINCH do nothing to a program by default, and the four that stop it are not simulated. */
const harmless: readonly number[] = [17, 18, 19, 20, 21, 22, 23, 28];

/** Whether a signal ends a program that has said nothing about it. */
export function endsByDefault(signal: number): boolean {
  return !harmless.includes(signal);
}

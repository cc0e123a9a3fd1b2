export { signalNumber } from "@gantry/api/kit";

/** SIGKILL of signal(7): the one that no process can ignore. */
export const killSignal = 9;

/** SIGSTOP of signal(7). */
export const stopSignal = 19;

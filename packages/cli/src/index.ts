// For programs that want the command line without a process of its own.
export { runCommand } from "./program.ts";

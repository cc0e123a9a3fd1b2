/** `node set-up.mjs TASK`, run under the lock of `under-lock.mjs`: installs what the task lacks; exit status 1 if it cannot. */
import { tasks } from "../tasks.mjs";
import { installMissing } from "./pieces.mjs";

const task = tasks[process.argv[2]];
process.exitCode = installMissing(task) ? 0 : 1;

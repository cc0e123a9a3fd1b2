/**
 * `node scripts/run.mjs TASK [ARG...]`: makes the machine ready for a task of this repository and runs it.
 *
 * Every `npm run TASK` of the root package.json ends here. Plain JavaScript without dependencies, since it runs before
 * anything is installed and under whatever Node the machine carries (18 or newer).
 */
import { missingPieces } from "./bootstrap/pieces.mjs";
import { runTask } from "./bootstrap/run-task.mjs";
import { setUpUnderLock } from "./bootstrap/under-lock.mjs";
import { isTaskName, taskList, tasks } from "./tasks.mjs";

const [name = "", ...rest] = process.argv.slice(2);
// npm keeps a first "--" for itself, a direct call does not have one; either way the task sees only its arguments.
const args = rest[0] === "--" ? rest.slice(1) : rest;

if (!isTaskName(name)) {
  console.error(`unknown task ${JSON.stringify(name)}, expected one of\n${taskList()}`);
  process.exit(2);
}
const task = tasks[name];
if (missingPieces(task).length > 0) {
  const ready = setUpUnderLock(name);
  if (!ready) process.exit(1);
}
process.exitCode = await runTask(task, args);

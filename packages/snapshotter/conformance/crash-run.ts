import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Account, readJournal } from "./crash-journal.ts";
import type { Opening } from "./crash-walk.ts";

const child = fileURLToPath(new URL("./crash-child.ts", import.meta.url));

/** What crash-child.ts is told. */
export interface ChildOrders extends Omit<Opening, "fault"> {
  /** Path of the journal, which must not be in the root. */
  readonly journal: string;
  /** How many points go by before the one at which the process ends by SIGKILL. Default: it runs to its end. */
  readonly end?: number;
  /** A program, with its arguments, that is run just before, to stop the disk. */
  readonly cut?: readonly string[];
}

/** How a run of the scenario ended. */
export interface Ending {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly account: Account;
}

/**
 * Runs the scenario in a process of its own.
 *
 * @param wrapper - a program, with its arguments, that is to run the process
 */
export async function runChild(orders: ChildOrders, wrapper: readonly string[] = []): Promise<Ending> {
  const conditions = process.execArgv.filter((arg) => arg.startsWith("--conditions"));
  const [program = "", ...args] = [...wrapper, process.execPath, ...conditions, child, JSON.stringify(orders)];
  const directory = dirname(orders.journal);
  // Most of the time of a child would go into compiling the same files again. What it leaves in TMPDIR goes with the
  // journals. With one thread in the pool, calls come in the same order in each run.
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: join(directory, "compiled"),
    TMPDIR: directory,
    UV_THREADPOOL_SIZE: "1",
  };
  const running = spawn(program, args, { stdio: ["ignore", "inherit", "inherit"], env });
  return new Promise((resolve, reject) => {
    running.on("error", reject);
    running.on("exit", (code, signal) => resolve({ code, signal, account: readJournal(orders.journal) }));
  });
}

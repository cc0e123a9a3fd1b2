import { type ChildProcess, spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a program of this repository from its sources. */
export function startNode(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const { GANTRY_ADDRESS: _address, GANTRY_NAMESPACE: _namespace, ...clean } = process.env;
  return spawn(process.execPath, ["--conditions=gantry-source", file, ...args], { env: { ...clean, ...env } });
}

/** Starts `gantry` with `args`. */
export function startGantry(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return startNode(main, args, env);
}

/** Runs `gantry` to its end, with `input` as its standard input. */
export async function gantry(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  input: string | Uint8Array = "",
): Promise<Ended> {
  const child = startGantry(args, env);
  // A command that does not read its input may be gone before all is written.
  child.stdin?.on("error", () => undefined).end(input);
  return endOf(child);
}

/** Collects what a program writes until it has ended. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  const { stderr, stdout } = child;
  if (stdout === null || stderr === null) {
    throw new TypeError("the streams of the child are not pipes");
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [code, out, err] = await Promise.all([ended, buffer(stdout), buffer(stderr)]);
  return { code, stdout: out.toString("utf8"), stderr: err.toString("utf8") };
}

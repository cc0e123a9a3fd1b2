// `node monitor.ts DIRECTORY`: runs the program of a process's directory, keeps what it prints, and writes down how it
// ended. It is the program's parent, so that both outlive the runtime. With the container's process it ends too.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { appendFrame, identityOf, readJson, sendSignal, writeJson } from "@gantry/api/kit/node";
import type { Program } from "./program.ts";

const [directory = ""] = process.argv.slice(2);
const { args, cwd, env, root, keepsOutput, leader } = readJson<Program>(`${directory}/program.json`) as Program;
const child = spawn(findProgram(args[0] ?? ""), args.slice(1), {
  argv0: args[0],
  cwd: join(root, cwd),
  env: Object.fromEntries(env.map((entry) => /^(.*?)=(.*)$/s.exec(entry)?.slice(1) ?? [])),
  // A group of its own, to which signals for all are sent.
  detached: true,
  stdio: ["ignore", ...Array(2).fill(keepsOutput ? "pipe" : "ignore")],
});
const killGroup = () => child.pid !== undefined && sendSignal(-child.pid, constants.signals.SIGKILL);
const closed = new Promise((closes) => child.once("close", closes));
for (const stream of ["stdout", "stderr"] as const) {
  const keep = (data: Buffer) => appendFrame(`${directory}/output.jsonl`, { stream, data, writtenAt: new Date() });
  child[stream]?.on("data", keep);
}
if (child.pid !== undefined) writeJson(`${directory}/running.json`, identityOf(child.pid));
if (leader !== undefined) setInterval(() => existsSync(`${leader}/exit.json`) && killGroup(), 20);
// Of a program that cannot be run there is no exit but an error.
const [code, signal, errno] = await once(child, "exit").catch((error) => [127, null, error.code]);
const exit = { pid: child.pid ?? 0, status: code ?? 128 + constants.signals[signal as NodeJS.Signals], errno };
const exitedAt = new Date();
killGroup();
// Whoever left the group may hold the pipes for as long as he likes.
await Promise.race([closed, setTimeout(1_000)]);
writeJson(`${directory}/exit.json`, { ...exit, exitedAt, oomKilled: false });
process.exit();

/** Looks below the root, and in the directories of PATH if `name` is bare. */
function findProgram(name: string): string {
  const path = env.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "/bin";
  const places = name.includes("/") ? ["."] : path.split(":");
  return places.map((place) => join(root, resolve(cwd, place, name))).find(existsSync) ?? join(root, name);
}

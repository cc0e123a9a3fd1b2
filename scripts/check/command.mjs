import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { root } from "../bootstrap/root.mjs";

/** Runs a program and resolves with `{ ok, output }`: whether it ended with status 0, and all it printed. */
export async function command(file, args, { cwd = root, env = {} } = {}) {
  const child = spawn(file, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ ok: false, note: `${file} cannot be started: ${error.message}\n` }));
    child.once("close", (code) => resolve({ ok: code === 0, note: "" }));
  });
  const [out, err, { ok, note }] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { ok, output: out + err + note };
}

/** The results of several commands as one: ok if all are. */
export function combine(results) {
  return {
    ok: results.every(({ ok }) => ok),
    output: results
      .filter(({ ok }) => !ok)
      .map(({ output }) => output)
      .join("\n"),
  };
}

/** Runs `check` on every item, two at a time (the small machines of continuous integration have two cores), and combines. */
export async function checkEach(items, check) {
  const queue = [...items];
  const results = [];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await check(item));
  };
  await Promise.all([work(), work()]);
  return combine(results);
}

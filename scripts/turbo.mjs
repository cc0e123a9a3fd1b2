import { spawnSync } from "node:child_process";
import { root } from "./bootstrap/root.mjs";

/** Runs turbo with its output passed on; returns whether every task ended well. */
export function runTurbo(args) {
  const { status, error } = spawnSync("turbo", ["run", ...args], { cwd: root, stdio: "inherit" });
  if (error !== undefined) console.error(`turbo cannot be started: ${error.message}`);
  return status === 0;
}

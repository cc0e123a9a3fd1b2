/** `npm run all`: check, conformance and test, each to its end, whatever came of the one before. The tests' line is last. */
import { spawnSync } from "node:child_process";
import { root } from "./bootstrap/root.mjs";

const statuses = ["check", "conformance", "test"].map((name) => {
  console.log(`\n=== ${name}`);
  return spawnSync("node", [`scripts/${name}.mjs`], { cwd: root, stdio: "inherit" }).status;
});
process.exitCode = statuses.every((status) => status === 0) ? 0 : 1;

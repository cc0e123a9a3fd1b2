/**
 * `npm run check [-- STEP...]`: every quality gate, or those named. One line a step as it ends; what the failed ones
 * printed follows at the end. Status 1 if any failed.
 */
import { steps } from "./check/steps.mjs";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(steps, name));
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(", ")}; there are ${Object.keys(steps).join(", ")}`);
  process.exit(2);
}
const failed = [];
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const began = performance.now();
  const { ok, output } = await step.run();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${ok ? "ok    " : "FAILED"} ${name.padEnd(10)} ${`${seconds} s`.padStart(7)}  ${step.about}`);
  if (!ok) failed.push({ name, output });
}
for (const { name, output } of failed) console.log(`\n--- ${name}\n${output.trimEnd()}`);
process.exitCode = failed.length > 0 ? 1 : 0;

/**
 * A process that has the runtime open, to be killed by a test: `node creating-process.ts BASE MODE`.
 *
 * - `hold`: makes and starts a container that waits for a line of input and ends with 7, and prints its pid
 * - `churn`: makes, starts, runs programs in and deletes containers without end, and prints a line for each step
 */
import { setInterval } from "node:timers";
import { processToAny, specToAny } from "@gantry/api/spec";
import { openLinuxRuntime, rootfsOf, specOf } from "./linux-harness.ts";

const [base = "", mode = ""] = process.argv.slice(2);
const runtime = await openLinuxRuntime(base, { ociRuntime: "runc" });
await runtime.load();
setInterval(() => undefined, 1000);

if (mode === "hold") {
  const sound = specOf({ does: "sleep" });
  const spec = {
    ...sound,
    process: { ...sound.process, args: ["/bin/sh", "-c", "echo before; read -r line; exit 7"] },
  };
  const container = await runtime.create({
    namespace: "suite",
    id: "c1",
    spec: specToAny(spec),
    rootfs: rootfsOf(base),
    stdio: { kind: "log", stdin: true },
  });
  await container.start();
  console.log((await container.state()).pid);
}

for (let round = 0; mode === "churn"; round += 1) {
  const spec = specToAny(specOf({ does: "sleep" }));
  console.log("create");
  const container = await runtime.create({
    namespace: "suite",
    id: `round${round}`,
    spec,
    rootfs: rootfsOf(base),
    stdio: { kind: "log", stdin: true },
  });
  console.log("start");
  await container.start();
  console.log("exec");
  const exec = await container.exec({
    id: "e1",
    process: processToAny({ args: ["/bin/true"] }),
    stdio: { kind: "log", stdin: true },
  });
  await exec.start();
  console.log("delete");
  await container.delete({ force: true });
}

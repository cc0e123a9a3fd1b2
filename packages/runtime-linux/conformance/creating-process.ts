/**
 * A process that has the runtime open, to be killed by a test: `node creating-process.ts BASE MODE`.
 *
 * - `hold`: makes and starts a container that waits for a line of input and ends with 7, and prints its pid
 * - `churn`: makes, starts, runs programs in and deletes containers without end, and prints a line for each step
 * - `churn-mapped`: the same with a user namespace and an overlay, whose layers are mounted for a moment
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setInterval } from "node:timers";
import type { Mount } from "@gantry/api";
import { type OciLinux, processToAny, specToAny } from "@gantry/api/spec";
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

const isMapped = mode === "churn-mapped";

for (let round = 0; mode === "churn" || isMapped; round += 1) {
  const sound = specOf({ does: "sleep" });
  const spec = specToAny(isMapped ? { ...sound, linux: withUserNamespace(sound.linux ?? {}) } : sound);
  const rootfs = isMapped ? overlayOf(round) : rootfsOf(base);
  console.log("create");
  const container = await runtime.create({
    namespace: "suite",
    id: `round${round}`,
    spec,
    rootfs,
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

function withUserNamespace(linux: OciLinux): OciLinux {
  const mappings = [{ containerID: 0, hostID: 200_000, size: 65_536 }];
  const namespaces = [...(linux.namespaces ?? []), { type: "user" }];
  return { ...linux, namespaces, uidMappings: mappings, gidMappings: mappings };
}

function overlayOf(round: number): readonly Mount[] {
  const place = (name: string) => join(base, `snapshot-${process.pid}-${round}`, name);
  for (const name of ["fs", "work"]) mkdirSync(place(name), { recursive: true });
  const options = [`lowerdir=${join(base, "image")}`, `upperdir=${place("fs")}`, `workdir=${place("work")}`];
  return [{ type: "overlay", source: "overlay", target: "", options }];
}

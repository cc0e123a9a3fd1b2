import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { buildSpec } from "@gantry/api/spec";
import { spawn } from "@gantry/sys";
import { runProgram } from "../harness/private-containerd.ts";

const file = "/usr/sbin/runc";
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };

/** runc alone, on a plain directory: no daemon, no snapshot, no record, nobody who survives. */
export interface BareRunc {
  /** `runc create`, `start` and `delete`, with nothing in between but the program's end. */
  stages(id: string): Promise<void>;
}

/** Writes the spec of `program` and a root file system with it below `directory`. */
export async function prepareRunc(directory: string, program: readonly string[]): Promise<BareRunc> {
  const bundle = join(directory, "bundle");
  const root = ["--root", join(directory, "runc")];
  await writeBundle(bundle, program);
  return {
    async stages(id) {
      await runDetached([...root, "create", "-b", bundle, id]);
      await runDetached([...root, "start", id]);
      while (!(await hasEnded([...root, "state", id]))) await delay(1);
      await runDetached([...root, "delete", id]);
    },
  };
}

/** Without pipes: the container would hold them, and their end would be waited for. */
async function runDetached(args: readonly string[]): Promise<void> {
  const { code } = await (await spawn({ file, args, env })).exit;
  if (code !== 0) {
    throw new Error(`runc ${args.join(" ")} ended with ${code}`);
  }
}

async function hasEnded(args: readonly string[]): Promise<boolean> {
  return (await runProgram(file, args)).includes('"status": "stopped"');
}

/** What runc needs for the same program: the same spec over a plain directory. */
async function writeBundle(bundle: string, program: readonly string[]): Promise<void> {
  const rootfs = join(bundle, "rootfs");
  for (const name of ["bin", "proc", "sys", "dev", "etc", "tmp"]) {
    await mkdir(join(rootfs, name), { recursive: true });
  }
  await cp("/bin/busybox", join(rootfs, "bin/true"));
  const { process: main, ...spec } = buildSpec({}, { args: program });
  const { username: _, ...user } = main?.user ?? {};
  const config = { ...spec, root: { path: "rootfs" }, process: { ...main, user: { uid: 0, gid: 0, ...user } } };
  await writeFile(join(bundle, "config.json"), JSON.stringify(config));
}

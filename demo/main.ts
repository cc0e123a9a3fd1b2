/**
 * `npm run demo`: starts a gantryd of its own, takes an image and its containers through their whole life before the
 * reader's eyes, and checks that nothing remains. Ends with 1 if any step is not as it should be, 130 on Ctrl-C.
 */
import { existsSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { clearHome } from "../harness/clear-home.ts";
import { findLeftovers } from "../harness/leftovers.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";
import { CommandLine, DemoFailure, expect, step } from "./stage.ts";
import { walk } from "./walk.ts";

if (process.platform !== "linux" || process.getuid?.() !== 0) {
  console.error("the demo runs real containers: it needs Linux, and root for mounts, cgroups and namespaces");
  process.exit(1);
}
const begin = performance.now();
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // A second Ctrl-C changes nothing: what was started is being ended.
  process.on(signal, () => interrupted.abort(new DemoFailure(`interrupted by ${signal}`)));
}

const home = await realpath(await mkdtemp(join(tmpdir(), "gantry-demo-")));
const daemons: PrivateDaemon[] = [];

async function startDaemon(): Promise<PrivateDaemon> {
  interrupted.signal.throwIfAborted();
  const [root, state] = [join(home, "root"), join(home, "state")];
  const daemon = await startPrivateDaemon({ root, state, address: `unix://${join(home, "gantry.sock")}` });
  daemons.push(daemon);
  return daemon;
}

async function show(): Promise<void> {
  const layout = join(home, "layout");
  await step("build an OCI image from the host's busybox", () => writeBusyboxImage(layout, "busybox"));
  const socket = join(home, "gantry.sock");
  const gantry = new CommandLine(`unix://${socket}`, interrupted.signal);
  const cgroupPrefix = await walk({ gantry, layout, socket, startDaemon });
  await step("end the daemon, and look for what is left", () => endAndLook(socket, cgroupPrefix));
}

async function endAndLook(socket: string, cgroupPrefix: string): Promise<void> {
  const daemon = daemons.at(-1);
  daemon?.kill("SIGTERM");
  expect((await daemon?.ended) === 0, "gantryd ends with 0");
  const { mounts, pids, cgroups } = await findLeftovers(home, cgroupPrefix);
  expect(mounts.length === 0, "no mount");
  expect(pids.length === 0, "no process");
  expect(cgroups.length === 0, "no cgroup");
  expect(!existsSync(socket), "no socket");
}

let failure: unknown;
try {
  await show();
} catch (error) {
  failure = error;
}
await clearHome(home, daemons);
if (failure === undefined) {
  console.log(
    `\nAll as it should be, after ${((performance.now() - begin) / 1000).toFixed(1)} s. Nothing is left in ${home}.`,
  );
} else {
  console.error(`\n${failure instanceof DemoFailure ? failure.message : failure}`);
}
process.exitCode = failure === undefined ? 0 : interrupted.signal.aborted ? 130 : 1;

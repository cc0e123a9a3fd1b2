/**
 * `npm run demo`: starts a gantryd of its own, takes an image and its containers through their whole life before the
 * reader's eyes, and checks that nothing remains. Ends with 1 if any step is not as it should be, 130 on Ctrl-C.
 *
 * Without root, or with `GANTRY_DEMO=simulated` in the environment, the containers are simulated.
 */
import { existsSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { clearHome } from "../harness/clear-home.ts";
import { findLeftovers } from "../harness/leftovers.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../harness/private-daemon.ts";
import { isSimulated, sayWhatIsSimulated, writeSimulatedConfig } from "./simulated.ts";
import { CommandLine, DemoFailure, expect, step } from "./stage.ts";
import { walk } from "./walk.ts";

const simulated = isSimulated();
if (simulated) sayWhatIsSimulated();
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
  const address = `unix://${join(home, "gantry.sock")}`;
  const config = simulated ? { config: await writeSimulatedConfig(home) } : {};
  const daemon = await startPrivateDaemon({ root, state, address, ...config });
  daemons.push(daemon);
  return daemon;
}

async function show(): Promise<void> {
  const layout = join(home, "layout");
  const from = simulated ? "with a placeholder for each program" : "from the host's busybox";
  await step(`build an OCI image ${from}`, () => writeBusyboxImage(layout, "busybox", { simulated }));
  const socket = join(home, "gantry.sock");
  const gantry = new CommandLine(`unix://${socket}`, interrupted.signal);
  const cgroupPrefix = await walk({ gantry, layout, socket, startDaemon, simulated });
  await step("end the daemon, and look for what is left", () => endAndLook(socket, cgroupPrefix));
}

async function endAndLook(socket: string, cgroupPrefix: string | null): Promise<void> {
  const daemon = daemons.at(-1);
  daemon?.kill("SIGTERM");
  expect((await daemon?.ended) === 0, "gantryd ends with 0");
  const { mounts, pids, cgroups } = await findLeftovers(home, cgroupPrefix);
  expect(mounts.length === 0, "no mount");
  expect(pids.length === 0, "no process");
  if (cgroupPrefix !== null) expect(cgroups.length === 0, "no cgroup");
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
    `\nAll as it should be${simulated ? ", though simulated" : ""}, after ${((performance.now() - begin) / 1000).toFixed(1)} s. Nothing is left in ${home}.`,
  );
} else {
  console.error(`\n${failure instanceof DemoFailure ? failure.message : failure}`);
}
process.exitCode = failure === undefined ? 0 : interrupted.signal.aborted ? 130 : 1;

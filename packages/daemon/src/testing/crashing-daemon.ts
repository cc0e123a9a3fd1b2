/**
 * A daemon that is killed at a moment of its runtime's work: `node crashing-daemon.ts DIRECTORY MOMENT ID [TIME]`. It
 * writes a line when it serves, and dies by SIGKILL when the container ID comes to MOMENT for the TIMEth time (default: 1).
 */
import { join } from "node:path";
import { createDaemon } from "../daemon.ts";
import { FakeRuntime } from "./fake-runtime.ts";
import { noPlugins } from "./test-daemon.ts";

const [directory = "", moment = "", id = "", time = "1"] = process.argv.slice(2);
let times = 0;
const runtime = new FakeRuntime({
  directory: join(directory, "fake"),
  at: async (reached, who) => {
    if (reached !== moment || who !== id) return;
    times += 1;
    if (times < Number(time)) return;
    process.kill(process.pid, "SIGKILL");
    // The signal is on its way; nothing must happen until it is there.
    await new Promise(() => {});
  },
});
await createDaemon({
  root: join(directory, "r"),
  state: join(directory, "s"),
  address: `unix://${directory}/s/gantry.sock`,
  registrations: { ...noPlugins, runtimes: [runtime.registration()] },
});
process.stdout.write("serving\n");

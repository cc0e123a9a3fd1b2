/**
 * `npm start [-- DIRECTORY]`: runs gantryd in the foreground on a directory for trying it out, with an image beside it
 * to import, and prints what to type next. Ends with the daemon; containers that run then go on, as with any gantryd.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { startPrivateDaemon } from "../harness/private-daemon.ts";

if (process.platform !== "linux" || process.getuid?.() !== 0) {
  console.error("gantryd makes mounts, cgroups and namespaces here: it needs Linux and root");
  process.exit(1);
}
const home = resolve(process.argv[2] ?? "/var/lib/gantry-try");
const address = `unix://${join(home, "gantry.sock")}`;
const image = join(home, "busybox");

await mkdir(home, { recursive: true, mode: 0o700 });
if (!existsSync(join(image, "index.json"))) {
  await writeBusyboxImage(image, "busybox");
}
// From the first moment on: a daemon that is starting must not outlive a Ctrl-C either.
const interrupted = Promise.withResolvers<void>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => interrupted.resolve());
}
const daemon = await startPrivateDaemon({
  root: join(home, "root"),
  state: join(home, "state"),
  address,
  log: process.stderr,
});

console.log(`gantryd serves ${address}. In another terminal, here:

  export GANTRY_ADDRESS=${address}
  npm run -s gantry -- image import ${image}
  npm run -s gantry -- run --rm busybox sh -c 'echo hello from pid $$'
  npm run -s gantry -- run -d --name shell busybox sleep 1000
  npm run -s gantry -- exec shell ps
  npm run -s gantry -- snapshot ls
  npm run -s gantry -- rm -f shell

Ctrl-C ends the daemon, not the containers.`);

void interrupted.promise.then(() => daemon.kill("SIGTERM"));
process.exitCode = await daemon.ended;

/**
 * `npm start`: runs gantryd in the foreground on directories for trying it out, beside an image to import, and prints
 * what to type next. Ends with the daemon; containers that run then go on, as with any gantryd.
 */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { startPrivateDaemon } from "../harness/private-daemon.ts";

const root = "/var/lib/gantry-try";
const state = "/run/gantry-try";
const address = `unix://${state}/gantry.sock`;
const image = join(root, "busybox");

if (process.getuid?.() !== 0) {
  console.error("gantryd makes mounts, cgroups and namespaces: run this as root");
  process.exit(1);
}
await mkdir(root, { recursive: true, mode: 0o700 });
if (!existsSync(join(image, "index.json"))) {
  await writeBusyboxImage(image, "busybox");
}
const daemon = await startPrivateDaemon({ root: join(root, "root"), state, address, log: process.stderr });

console.log(`gantryd serves ${address}. In another terminal, here:

  export GANTRY_ADDRESS=${address}
  npm run -s gantry -- image import ${image}
  npm run -s gantry -- run --rm busybox sh -c 'echo hello from pid $$'
  npm run -s gantry -- run -d --name shell busybox sleep 1000
  npm run -s gantry -- exec shell ps
  npm run -s gantry -- snapshot ls
  npm run -s gantry -- rm -f shell

Ctrl-C ends the daemon, not the containers.`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => daemon.kill(signal));
}
process.exitCode = await daemon.ended;

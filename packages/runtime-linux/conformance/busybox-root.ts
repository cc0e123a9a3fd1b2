import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { TestProgram } from "@gantry/api/testing";

/** Where Debian's busybox-static puts its one program. */
const busybox = "/bin/busybox";
const applets = ["sh", "true", "sleep", "echo", "cat", "id", "printf", "yes", "head", "ls", "sync", "dd"];
const directories = ["bin", "dev", "etc", "proc", "sys", "tmp"];

/** Why no root file system can be made here; `undefined` if one can. */
export const noBusybox = existsSync(busybox) ? undefined : `there is no ${busybox} (Debian: busybox-static)`;

/** Makes a root file system with a shell and a few programs in `root`. */
export function makeBusyboxRoot(root: string): void {
  for (const name of ["", ...directories]) mkdirSync(join(root, name), { mode: 0o755 });
  copyFileSync(busybox, join(root, "bin/busybox"));
  for (const applet of applets) symlinkSync("busybox", join(root, "bin", applet));
}

/** Sleeps until SIGTERM, also as the first process of a pid namespace, which gets no signal that it has no handler for. */
const sleepUntilTerm = "sleep 1000 & wait $!";
const onTerm = "trap 'exit 143' TERM";

/** Gives the arguments that do what `program` says. */
export function argumentsOf(program: TestProgram): readonly string[] {
  const shell = (script: string, ...args: readonly string[]) => ["/bin/sh", "-c", script, "sh", ...args];
  switch (program.does) {
    case "exit": {
      const wait = program.afterMs === undefined ? "" : `sleep ${program.afterMs / 1000}; `;
      return shell(`${wait}exit ${program.status}`);
    }
    case "sleep":
      return shell(`${onTerm}; ${sleepUntilTerm}`);
    case "ignore-term":
      return shell("trap '' TERM; echo ready; sleep 1000");
    case "print": {
      const then = program.thenSleep ? `; ${sleepUntilTerm}` : "";
      const script = `${onTerm}; printf %s "$1"; printf %s "$2" >&2${then}`;
      return shell(script, program.stdout ?? "", program.stderr ?? "");
    }
    case "flood":
      return shell('yes 0123456789abcde | head -c "$1"', String(program.bytes));
    case "copy":
      return ["/bin/cat"];
    case "print-env":
      return shell('eval "echo \\"\\$$1\\""', program.name);
    case "not-exist":
      return ["/bin/there-is-no-such-program"];
  }
}

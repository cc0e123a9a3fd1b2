import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { shownCommands } from "../harness/console-page.ts";
import { programArguments, programEnvironment } from "../harness/private-daemon.ts";

const page = fileURLToPath(new URL("../docs/access.md", import.meta.url));
const skip = ["openssl", "curl"].every((name) => existsSync(`/usr/bin/${name}`)) ? false : "needs openssl and curl";
const run = promisify(execFile);

describe("docs/access.md", { skip, timeout: 280_000 }, () => {
  let home = "";
  let port = "";
  let env: NodeJS.ProcessEnv;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "gantry-access-page-"));
    await mkdir(join(home, "bin"));
    for (const [name, program] of [["gantry", "cli"] as const, ["gantryd", "daemon"] as const]) {
      const file = join(home, "bin", name);
      await writeFile(file, `#!/bin/sh\nexec "${process.execPath}" ${programArguments(program).join(" ")} "$@"\n`);
      await chmod(file, 0o755);
    }
    port = await freePort();
    const state = join(home, "state");
    const path = `${home}/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
    const places = {
      GANTRY_ROOT: join(home, "root"),
      GANTRY_STATE: state,
      GANTRY_ADDRESS: `unix://${state}/gantry.sock`,
    };
    env = { ...programEnvironment(), ...places, PATH: path, LC_ALL: "C" };
  });

  after(async () => {
    // The page ends what it starts; this is for when it did not come to that.
    const pid = Number(await readFile(join(home, "gantryd.pid"), "utf8").catch(() => "0"));
    if (pid > 0 && existsSync(join(home, "state/gantry.sock"))) process.kill(pid, "SIGKILL");
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  });

  it("shows what its commands print", async (t) => {
    const commands = shownCommands(await readFile(page, "utf8"));
    assert.ok(commands.length > 15, "expected commands");
    for (const { command, output } of commands.map(withoutPrompts)) {
      t.diagnostic(command);
      // Refusals are part of the page, so the exit status is not looked at; what is printed tells them apart.
      const script = `exec 2>&1; ${command.replaceAll("7443", port)}\ntrue`;
      const { stdout } = await run("/bin/sh", ["-c", script], { env, cwd: home });
      assert.equal(normalised(stdout.trimEnd().replaceAll(port, "7443")), normalised(output), command);
    }
  });
});

/** What a shell asks for with `> ` belongs to the command. */
function withoutPrompts({ command, output }: { readonly command: string; readonly output: string }) {
  const lines = output.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("> "));
  const further = lines.slice(0, end === -1 ? lines.length : end).map((line) => line.slice(2));
  return { command: [command, ...further].join("\n"), output: lines.slice(further.length).join("\n") };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return String(typeof address === "object" ? address?.port : "");
}

/** What differs from run to run is written alike. */
function normalised(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b[0-9a-f]{16}\b/g, "ID")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "REQUEST")
    .replaceAll(/"(pid|uid|gid|durationMs)":[\d.]+/g, '"$1":N')
    .replaceAll(/\d+ (second|minute)s? ago/g, "AGE")
    .replaceAll(/ {2,}/g, " ");
}

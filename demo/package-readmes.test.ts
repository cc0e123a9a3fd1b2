import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeBusyboxImage } from "../harness/busybox-image.ts";
import { clearHome } from "../harness/clear-home.ts";
import { runProgram } from "../harness/private-containerd.ts";
import {
  type PrivateDaemon,
  programArguments,
  programEnvironment,
  startPrivateDaemon,
} from "../harness/private-daemon.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const skip = process.getuid?.() === 0 ? false : "needs root: the examples mount and run containers";
const run = promisify(execFile);

/** Returns the blocks of one language of a package's README. */
async function blocksOf(name: string, language: string): Promise<string[]> {
  const markdown = await readFile(join(root, "packages", name, "README.md"), "utf8");
  return [...markdown.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, block = ""]) => block,
  );
}

describe("the packages' READMEs", { skip }, () => {
  /** Where every path of an example leads to. */
  let home = "";
  /** Below the repository, so that an example finds the packages as a project of its own would. */
  const examples = join(root, ".cache/examples");
  let daemon: PrivateDaemon;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "gantry-examples-"));
    await mkdir(examples, { recursive: true });
    await makeInputs(home);
    const address = `unix://${home}/gantry.sock`;
    daemon = await startPrivateDaemon({ root: join(home, "root"), state: join(home, "state"), address });
    env = { ...programEnvironment(), GANTRY_ADDRESS: address, PATH: `${home}/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
    await run(join(home, "bin/gantry"), ["image", "import", join(home, "layout")], { env });
  });

  after(async () => {
    await clearHome(home, [daemon]);
    await rm(examples, { recursive: true, force: true });
  });

  /** Paths of the host become paths below `home`, each example's own. */
  const moved = (text: string, name: string) =>
    text
      .replaceAll(
        /"\/(var\/lib\/example|run\/example|tmp\/tree|tmp\/example-?|tmp\/try|srv\/rootfs)/g,
        `"${home}/${name}/$1`,
      )
      .replaceAll("///tmp/try", `//${home}/${name}/tmp/try`)
      .replaceAll('"image.tar"', `"${home}/image.tar"`)
      .replaceAll("/run/gantry/gantry.sock", `${home}/gantry.sock`);

  for (const [name, printed] of [
    ["client", /hello from gantry\nexit status 0/],
    ["snapshotter", /^$/],
    ["content", /busybox:latest sha256:\w+ is ready as snapshot sha256:/],
    ["sys", /^0 /],
    ["runtime-linux", /hello\n[\s\S]*status: 0/],
    ["daemon", /runtime linux/],
  ] as const) {
    it(`shows an example of ${name} that works`, async () => {
      const [example = ""] = await blocksOf(name, "ts");
      const file = join(examples, `${name}.ts`);
      await writeFile(file, moved(example, name));
      for (const path of ["tmp", "run", "var/lib"]) await mkdir(join(home, name, path), { recursive: true });
      await makeRootfs(join(home, name, "srv/rootfs"));
      const { stdout } = await run(process.execPath, ["--conditions=gantry-source", file], { env, cwd: home });
      assert.match(stdout, printed);
    });
  }

  for (const name of ["cli", "daemon"]) {
    it(`shows commands of ${name} that work`, async (t) => {
      const [block = ""] = await blocksOf(name, "sh");
      const commands = block
        .replaceAll("\\\n", "")
        .replaceAll(/ +#.*$/gm, "")
        .trim()
        .split("\n");
      // The daemon runs already; what follows for ever is given a while.
      for (const command of commands.filter((line) => !line.startsWith("gantryd"))) {
        t.diagnostic(command);
        const follows = / -f\b/.test(command) && !command.includes("httpd");
        const script = follows ? `timeout 3 ${command} || [ $? = 124 ]` : command;
        await run("/bin/sh", ["-e", "-c", moved(script, name)], { env, cwd: home });
      }
    });
  }
});

async function makeInputs(home: string): Promise<void> {
  await writeBusyboxImage(join(home, "layout"), "docker.io/library/busybox:latest");
  await runProgram("/bin/tar", ["-C", join(home, "layout"), "-cf", join(home, "image.tar"), "."]);
  await mkdir(join(home, "bin"));
  const node = `exec "${process.execPath}"`;
  const scripts = {
    gantry: `${node} ${programArguments("cli").join(" ")} "$@"`,
    buf: `exec "${join(root, "packages/api/node_modules/.bin/buf")}" "$@"`,
    node: `${node} "$@"`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(home, "bin", name), `#!/bin/sh\n${script}\n`);
    await chmod(join(home, "bin", name), 0o755);
  }
}

async function makeRootfs(directory: string): Promise<void> {
  for (const path of ["bin", "proc", "dev", "sys"]) await mkdir(join(directory, path), { recursive: true });
  await runProgram("/bin/cp", ["/bin/busybox", join(directory, "bin/echo")]);
}

import { type ExecFileException, execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const workspace = fileURLToPath(new URL("../..", import.meta.url));
const api = join(workspace, "packages/api");

/** An example as somebody else has it: outside of this repository, with the packed `@gantry/api`. */
export interface PackedExample extends AsyncDisposable {
  readonly directory: string;
  /** In which its commands find the programs that this repository pins. */
  readonly environment: NodeJS.ProcessEnv;
  /** Runs a program in its directory, and returns what it prints. Rejects with all of that unless it ends with 0. */
  run(program: string, ...args: readonly string[]): Promise<string>;
}

/** Copies an example, packs `@gantry/api` as a release would, and installs that, with what it depends on, offline. */
export async function installExample(name: string): Promise<PackedExample> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "example-")));
  const isOurs = (path: string) => !path.includes("node_modules");
  await cp(join(workspace, "examples", name), directory, { recursive: true, filter: isOurs });
  await installApi(directory);
  await linkTypes(directory);
  return {
    directory,
    environment: environment(directory),
    run: (program, ...args) => run(directory, program, args),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function installApi(directory: string): Promise<void> {
  const target = join(directory, "node_modules/@gantry/api");
  await mkdir(target, { recursive: true });
  await run(api, "tsc", ["-p", "tsconfig.build.json"]);
  await run(api, "pnpm", ["pack", "--pack-destination", directory]);
  const [archive = ""] = (await readdir(directory)).filter((file) => file.endsWith(".tgz"));
  await run(directory, "tar", ["-xzf", archive, "-C", target, "--strip-components=1"]);
  await rm(join(directory, archive));
  const { dependencies }: { dependencies: object } = JSON.parse(await readFile(join(target, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) await link(directory, name);
}

/** What the check of its types needs. */
async function linkTypes(directory: string): Promise<void> {
  await link(directory, "@types/node");
}

/** A registry's package is where pnpm put it for `@gantry/api`. */
async function link(directory: string, name: string): Promise<void> {
  const path = join(directory, "node_modules", name);
  await mkdir(dirname(path), { recursive: true });
  await symlink(await realpath(join(api, "node_modules", name)), path);
}

function run(cwd: string, program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = (error: ExecFileException | null, stdout: string, stderr: string) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error }));
    };
    execFile(program, args, { cwd, env: environment(cwd), maxBuffer: 1 << 26 }, done);
  });
}

/**
 * The pinned programs first; a test within a test is no part of it, and prints what it finds. Its monitors start by the
 * hundred, and would each strip the types of its sources.
 */
function environment(directory: string): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, PATH = "", ...env } = process.env;
  const bins = [".toolchain/node_modules/.bin", "node_modules/.bin"].map((path) => join(workspace, path));
  return { NODE_COMPILE_CACHE: join(directory, "node_modules/.cache"), ...env, PATH: [...bins, PATH].join(delimiter) };
}

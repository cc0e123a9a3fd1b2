import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { writeBusyboxImage } from "../../harness/busybox-image.ts";
import { clearHome } from "../../harness/clear-home.ts";
import { programArguments } from "../../harness/private-daemon.ts";
import type { PackedExample } from "./packed-example.ts";

/** A block of code of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** The file that the nearest link above it leads to, relative to the example. */
  readonly file: string;
}

/** The blocks of a page about the example `name`, in order. */
export async function blocksOf(page: string, name: string): Promise<readonly Block[]> {
  const parts = (await readFile(page, "utf8")).matchAll(/\]\(\S*?examples\/(\S*?)\)|^```(\w+)\n([\s\S]*?)^```/gm);
  let file = "";
  return [...parts].flatMap(([, link, language = "", text = ""]) => {
    if (link !== undefined) file = link.replace(`${name}/`, "");
    return link === undefined ? [{ language, text, file }] : [];
  });
}

/** Whether `excerpt` is cut from `source`, however deep it is indented there. */
export function isExcerpt(excerpt: string, source: string): boolean {
  const flat = (text: string) => text.replaceAll(/^ +/gm, "").trim();
  return excerpt.trim() !== "" && `\n${flat(source)}\n`.includes(`\n${flat(excerpt)}\n`);
}

/** The home that a page shows as `/tmp/try`, with an image, and where its commands are run. */
export class TryHome implements AsyncDisposable {
  readonly #home: string;
  readonly #example: PackedExample;
  readonly #servers: ChildProcess[] = [];

  private constructor(home: string, example: PackedExample) {
    this.#home = home;
    this.#example = example;
  }

  static async make(example: PackedExample): Promise<TryHome> {
    const home = await realpath(await mkdtemp(join(tmpdir(), "try-")));
    await mkdir(join(home, "bin"));
    for (const [name, program] of [
      ["gantry", "cli"],
      ["gantryd", "daemon"],
    ] as const) {
      const command = [process.execPath, ...programArguments(program)].map((word) => `"${word}"`).join(" ");
      await writeFile(join(home, "bin", name), `#!/bin/sh\nexec ${command} "$@"\n`);
      await chmod(join(home, "bin", name), 0o755);
    }
    await writeBusyboxImage(join(home, "busybox"), "busybox");
    return new TryHome(home, example);
  }

  async writeConfig(toml: string): Promise<string> {
    const path = join(this.#home, "gantryd.toml");
    await writeFile(path, this.#real(toml));
    return path;
  }

  /** Runs a server, as in a terminal of its own, and resolves when it serves. */
  async serve(command: string): Promise<void> {
    const options = { cwd: this.#example.directory, env: this.#environment(), detached: true };
    const child = spawn("/bin/sh", ["-c", `exec 2>&1; exec ${this.#real(command)}`], options);
    this.#servers.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      if (/^serves |"msg":"serving"/.test(line)) break;
    }
    child.stdout.resume();
  }

  /** What a command prints, be it refused or not. */
  async run(command: string): Promise<string> {
    const options = { cwd: this.#example.directory, env: this.#environment() };
    const script = `exec 2>&1; ${this.#real(command)}; true`;
    return new Promise((resolve, reject) => {
      execFile("/bin/sh", ["-c", script], options, (error, stdout) => {
        if (error === null) resolve(stdout.replaceAll(this.#home, "/tmp/try").trimEnd());
        else reject(error);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
      server.kill("SIGKILL");
      await once(server, "exit");
    }
    await clearHome(this.#home, []);
  }

  #real(text: string): string {
    return text.replaceAll("/tmp/try/example", this.#example.directory).replaceAll("/tmp/try", this.#home);
  }

  #environment(): NodeJS.ProcessEnv {
    const { PATH, ...env } = this.#example.environment;
    return { ...env, GANTRY_ADDRESS: `unix://${this.#home}/state/gantry.sock`, PATH: `${this.#home}/bin:${PATH}` };
  }
}

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@gantry/client";
import { startNode } from "./gantry.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.resolve("@gantry/daemon")));

/** Why no container can run here; `undefined` where it can. */
export const cannotRun = process.geteuid?.() === 0 ? undefined : "containers need root";

/** A daemon of its own, as a process. */
export class DaemonProcess implements AsyncDisposable {
  readonly directory: string;
  readonly address: string;
  /** Where it listens on TCP, if it is configured to. */
  url = "";
  #child: ChildProcess | undefined;

  private constructor(directory: string) {
    this.directory = directory;
    this.address = `unix://${directory}/s/gantry.sock`;
  }

  /** @param configuration - text of its configuration file */
  static async start(configuration = "version = 1\n"): Promise<DaemonProcess> {
    const daemon = new DaemonProcess(await mkdtemp(path.join(tmpdir(), "gantry-cli-")));
    await writeFile(daemon.#configuration, configuration);
    await daemon.boot();
    return daemon;
  }

  get #configuration(): string {
    return path.join(this.directory, "gantry.toml");
  }

  /** The environment in which `gantry` finds this daemon. */
  get env(): NodeJS.ProcessEnv {
    return { GANTRY_ADDRESS: this.address };
  }

  /** Starts it, and resolves when it serves. */
  async boot(): Promise<void> {
    const { address, directory } = this;
    const places = ["--root", `${directory}/r`, "--state", `${directory}/s`, "--address", address];
    const child = startNode(main, [...places, "--config", this.#configuration]);
    this.#child = child;
    child.stdout?.resume();
    let log = "";
    const serves = new Promise<boolean>((resolve) => {
      child.once("exit", () => resolve(false));
      child.stderr?.on("data", (chunk) => {
        log += chunk;
        if (!log.includes('"serving"')) return;
        this.url = /"url":"([^"]*)"/.exec(log)?.[1] ?? "";
        resolve(true);
      });
    });
    if (!(await serves)) {
      throw new TypeError(`the daemon ended before it served: ${log}`);
    }
  }

  /** Ends it at once, as a crash does. */
  async crash(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Removes all containers, ends it in order, and removes its directories. */
  async [Symbol.asyncDispose](): Promise<void> {
    {
      await using client = createClient({ address: this.address });
      for (const { id } of await client.containers.list()) {
        await client.containers.delete(id, { force: true });
      }
    }
    await this.#end("SIGTERM");
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
  }
}

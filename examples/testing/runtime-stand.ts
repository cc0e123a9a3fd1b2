import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { specToAny } from "@gantry/api/spec";
import { type Client, createClient, isOperationError } from "@gantry/client";
import { clearHome } from "../../harness/clear-home.ts";
import { type PrivateDaemon, startPrivateDaemon } from "../../harness/private-daemon.ts";
import { processesOf } from "../../harness/processes.ts";

/** A gantryd of one's own that has an example's runtime as `process`, which runs in it or is served beside it. */
export class RuntimeStand implements AsyncDisposable {
  readonly client: Client;
  readonly #home: string;
  readonly #example: string;
  readonly #how: "by address" | "by module";
  readonly #daemons: PrivateDaemon[] = [];
  #serving: ChildProcess | undefined;

  private constructor(home: string, example: string, how: "by address" | "by module") {
    this.#home = home;
    this.#example = example;
    this.#how = how;
    this.client = createClient({ address: this.#address("gantry") });
  }

  /**
   * @param example - directory of the example, with what it depends on
   * @param how - `late`: by address, where it is not served yet
   */
  static async start(example: string, how: "by address" | "by module" | "late"): Promise<RuntimeStand> {
    const home = await realpath(await mkdtemp(join(tmpdir(), "example-stand-")));
    const stand = new RuntimeStand(home, example, how === "late" ? "by address" : how);
    await mkdir(join(home, "image/bin"), { recursive: true });
    await symlink("/bin/sh", join(home, "image/bin/sh"));
    const where =
      how === "by module" ? `module = "${example}/src/runtime.ts"` : `address = "${stand.#address("runtime")}"`;
    await writeFile(stand.#path("gantryd.toml"), `version = 1\n[runtimes.process]\n${where}\n`);
    if (how === "by address") await stand.startRuntime();
    await stand.#startDaemon();
    return stand;
  }

  /** Makes a container that sleeps. */
  async create(id: string, { terminal = false } = {}): Promise<void> {
    const env = ["PATH=/bin", "GREETING=hello"];
    const process = { args: ["sh", "-c", "exec /bin/sleep 1000"], cwd: "/", env, terminal };
    const rootfs = [{ type: "bind", source: this.#path("image"), target: "", options: ["rbind", "rw"] }];
    const spec = specToAny({ ociVersion: "1.0.2", process });
    await this.client.containers.create({ id, runtime: "process", spec, rootfs, stdio: { kind: "log" } });
  }

  /** What an exec of `args` prints. */
  async printed(id: string, args: readonly string[]): Promise<string> {
    await using exec = await this.client.containers.exec(id, { args });
    const frames = await Array.fromAsync(exec.frames);
    return Buffer.concat(frames.map(({ data }) => data)).toString();
  }

  /** The first end of a container that the daemon's log tells of. */
  async nextExit(): Promise<{ readonly id: string; readonly status: number | undefined }> {
    const filters = ["topic==container.exited"];
    for await (const { subject, exit } of this.client.events.subscribe({ after: 0n, follow: true, filters })) {
      return { id: subject, status: exit?.status };
    }
    throw new Error("the events ended");
  }

  /** As after a crash. */
  async restartDaemon(): Promise<void> {
    const daemon = this.#daemons.at(-1);
    daemon?.kill("SIGKILL");
    await daemon?.ended;
    await this.#startDaemon();
  }

  async startRuntime(): Promise<void> {
    const args = [join(this.#example, "src/serve.ts"), this.#address("runtime"), this.#path("runtime")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    this.#serving = child;
    await once(child.stdout, "data");
  }

  /** Makes a call over and over, until the runtime is there for it. */
  async whenThere<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isOperationError(error, "unavailable")) throw error;
        await pause(20);
      }
    }
  }

  async killRuntime(): Promise<void> {
    this.#serving?.kill("SIGKILL");
    if (this.#serving !== undefined) await once(this.#serving, "exit");
    this.#serving = undefined;
  }

  /** Names what is there of containers: their directories and processes. */
  async leftovers(): Promise<readonly string[]> {
    const root = this.#how === "by module" ? "root/runtimes/process" : "runtime";
    const ours = new Set([...this.#daemons.map(({ pid }) => pid), this.#serving?.pid]);
    const pids = (await processesOf(this.#home)).filter((pid) => !ours.has(pid));
    return [...(await readdir(this.#path(root))), ...pids.map((pid) => `process ${pid}`)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.killRuntime();
    await clearHome(this.#home, this.#daemons);
  }

  async #startDaemon(): Promise<void> {
    const [root, state, config] = [this.#path("root"), this.#path("state"), this.#path("gantryd.toml")];
    this.#daemons.push(await startPrivateDaemon({ root, state, config, address: this.#address("gantry") }));
  }

  #address(name: string): string {
    return `unix://${this.#path(name)}.sock`;
  }

  #path(name: string): string {
    return join(this.#home, name);
  }
}

import { execFile } from "node:child_process";
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeBusyboxImage } from "./busybox-image.ts";
import { clearHome } from "./clear-home.ts";
import { type PrivateDaemon, programArguments, programEnvironment, startPrivateDaemon } from "./private-daemon.ts";

/** A gantryd of one's own with a configuration, its command line, and the layout of a busybox image. */
export class DaemonStand {
  /** Holds the state, the socket, the configuration and the image; no root. */
  readonly home: string;
  /** Directory of an OCI image layout, whose image is named `busybox`. */
  readonly layout: string;
  readonly #root: string;
  readonly #config: string;
  readonly #address: string;
  readonly #built: boolean;
  readonly #daemons: PrivateDaemon[] = [];

  private constructor(home: string, root: string, built: boolean) {
    this.home = home;
    this.#built = built;
    this.layout = join(home, "layout");
    this.#root = root;
    this.#config = join(home, "gantryd.toml");
    this.#address = `unix://${join(home, "gantry.sock")}`;
  }

  /**
   * @param root - of the daemon, on whatever file system; what is in it stays with the caller
   * @param toml - the configuration, after its version
   * @param built - whether the programs are those that would be published, and not the sources
   */
  static async start(root: string, toml: string, built = false): Promise<DaemonStand> {
    const stand = new DaemonStand(await realpath(await mkdtemp(join(tmpdir(), "gantry-stand-"))), root, built);
    await writeFile(stand.#config, `version = 1\n${toml}`);
    await writeBusyboxImage(stand.layout, "busybox");
    await stand.startDaemon();
    return stand;
  }

  /** Starts the daemon, again. Rejects with what it wrote if it does not serve. */
  async startDaemon(): Promise<void> {
    const places = { root: this.#root, state: join(this.home, "state"), address: this.#address };
    const options = { ...places, config: this.#config, built: this.#built };
    this.#daemons.push(await startPrivateDaemon(options));
  }

  /** Ends the daemon, and returns its exit code. */
  async endDaemon(signal: "SIGTERM" | "SIGKILL"): Promise<number | undefined> {
    const daemon = this.#daemons.at(-1);
    daemon?.kill(signal);
    return daemon?.ended;
  }

  /** Runs a command of the command line, and returns what it prints. Rejects unless it ends with 0. */
  async gantry(...args: readonly string[]): Promise<string> {
    const env = { ...programEnvironment(), GANTRY_ADDRESS: this.#address };
    const { stdout } = await promisify(execFile)(process.execPath, [...programArguments("cli", this.#built), ...args], {
      env,
    });
    return stdout;
  }

  /** Ends all that was started here, and removes the home. */
  close(): Promise<void> {
    return clearHome(this.home, this.#daemons);
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, on, once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const programs = ["chromium-headless-shell", "chromium", "google-chrome"].map((name) => `/usr/bin/${name}`);
const program = programs.find((path) => existsSync(path));

/** Why no page can be shown here; `false` if one can. */
export const noBrowser: string | false = program === undefined && "needs Chromium";

/** What every page has: `report(VALUE)` tells the test something. */
const reporter = 'const report = (value) => fetch("/report", { method: "POST", body: JSON.stringify(value) });';

/** A page on an origin of its own, in a browser without a window. */
export class BrowserPage implements AsyncDisposable {
  readonly #server: Server;
  readonly #told = new EventEmitter();
  readonly #reports = on(this.#told, "report");
  readonly #profile = mkdtempSync(join(tmpdir(), "gantry-browser-"));
  #html = "";
  #browser: ChildProcess | undefined;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      if (request.method === "POST") this.#told.emit("report", JSON.parse(await text(request)));
      response.setHeader("content-type", "text/html").end(request.url === "/" ? this.#html : "");
    });
  }

  /** Takes an origin, which nothing is shown at yet. */
  static async take(): Promise<BrowserPage> {
    const page = new BrowserPage();
    page.#server.listen(0, "127.0.0.1");
    await once(page.#server, "listening");
    return page;
  }

  get origin(): string {
    const address = this.#server.address() as AddressInfo;
    return `http://localhost:${address.port}`;
  }

  /** Shows a page with a script, which finds `settings` under that name. Names that end in `.test` are this machine. */
  open(script: string, settings: object): void {
    const set = `const settings = ${JSON.stringify(settings)};`;
    this.#html = `<!doctype html><body><script type="module">${set}${reporter}${script}</script>`;
    const flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"];
    const places = [`--user-data-dir=${this.#profile}`, "--host-resolver-rules=MAP *.test 127.0.0.1"];
    this.#browser = spawn(program ?? "", [...flags, ...places, this.origin], { stdio: "ignore", detached: true });
  }

  /** Resolves with what the page tells next. */
  async next(): Promise<unknown> {
    const { value } = await this.#reports.next();
    return value?.[0];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const browser = this.#browser;
    if (browser?.pid !== undefined && browser.exitCode === null) {
      const ended = once(browser, "exit");
      // A browser is several processes, in one group of their own.
      process.kill(-browser.pid, "SIGKILL");
      await ended;
    }
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

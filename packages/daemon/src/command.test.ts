import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { EventService } from "@gantry/api/gantry/events/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { connectTo, temporaryDirectory } from "./testing/test-daemon.ts";
import { daemonVersion } from "./version.ts";

const main = new URL("./main.ts", import.meta.url).pathname;

describe("gantryd", { timeout: 180_000 }, () => {
  let directory: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    directory = temporaryDirectory();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  });

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}, extra: readonly number[] = []) => {
    const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
      stdio: ["ignore", "pipe", "pipe", ...extra],
      env: { PATH: process.env["PATH"], ...env },
    });
    children.push(child);
    return child;
  };

  const textOf = (stream: NodeJS.ReadableStream | null) => (stream === null ? "" : text(stream));

  const run = async (...args: readonly string[]) => {
    const child = start(args);
    const [[status], out, err] = await Promise.all([once(child, "exit"), textOf(child.stdout), textOf(child.stderr)]);
    return { status, out, err };
  };

  const places = () => ["--root", join(directory, "r"), "--state", join(directory, "s")];
  const socket = () => join(directory, "s", "gantry.sock");

  /** Resolves with the log's lines when the daemon serves. */
  const serving = async (child: ChildProcess): Promise<readonly Readonly<Record<string, unknown>>[]> => {
    let seen = "";
    for await (const chunk of child.stderr ?? []) {
      seen += chunk;
      if (seen.includes('"msg":"serving"')) break;
    }
    return seen
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  };

  it("tells its version", async () => {
    assert.deepEqual(await run("--version"), { status: 0, out: `${daemonVersion()}\n`, err: "" });
  });

  it("ends with status 2 at a flag that it does not know", async () => {
    const { status, err } = await run("--colour");
    assert.equal(status, 2);
    assert.match(err, /--colour/);
  });

  it("ends with status 1 at a configuration that it cannot read, naming the place", async () => {
    const config = join(directory, "config.toml");
    writeFileSync(config, "version = 1\n[listen]\nport = 80\n");
    const { status, err } = await run("--config", config, ...places());
    assert.equal(status, 1);
    assert.match(err, /config\.toml": line 3: listen\.port is unknown/);
    assert.equal((await run("--config", join(directory, "none"))).status, 1);
  });

  it("checks a configuration and writes out what is in force, without serving", async () => {
    const config = join(directory, "gantry.toml");
    writeFileSync(config, 'version = 1\nlog_level = "warn"\n');
    assert.deepEqual(await run("config", "check", "--config", config), { status: 0, out: `${config}: ok\n`, err: "" });
    const dump = await run("config", "dump", "--config", config, "--root", "/elsewhere");
    assert.match(dump.out, /^root = "\/elsewhere" {2}# flag --root$/m);
    assert.ok(dump.out.includes(`log_level = "warn"  # ${config}:2\n`));
    writeFileSync(config, "version = 1\nlog_levle = 3\n");
    const wrong = await run("config", "check", "--config", config);
    assert.equal(wrong.status, 1);
    assert.ok(wrong.err.startsWith(`${config}:2:1: log_levle is unknown, perhaps log_level is meant;`), wrong.err);
    assert.equal((await run("config", "colour")).status, 2);
  });

  it("writes a configuration that it can read", async () => {
    const { out } = await run("config", "default");
    const config = join(directory, "gantry.toml");
    writeFileSync(config, out);
    assert.equal((await run("config", "check", "--config", config)).status, 0);
  });

  it("does not listen on TCP where callers could not show who they are", async () => {
    const { status, err } = await run("--listen", "tcp://127.0.0.1:0", ...places());
    assert.equal(status, 1);
    assert.match(err, /callers over TCP must show who they are/);
  });

  it("listens on TCP where it is told to, and says where", async () => {
    const child = start(["--listen", "tcp://127.0.0.1:0", "--tokens", ...places()]);
    const url = `${(await serving(child)).at(-1)?.["url"]}`;
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/${SystemService.typeName}/GetVersion`, { method: "POST", body: "{}", headers });
    assert.equal(answer.status, 401);
  });

  it("says when it serves, answers, and ends with status 0 at SIGTERM", async () => {
    const child = start(places());
    const ended = once(child, "exit");
    const line = (await serving(child)).at(-1);
    assert.equal(line?.["address"], `unix://${socket()}`);
    const connection = connectTo(socket(), "grpc");
    assert.equal((await createClient(SystemService, connection.transport).getVersion({})).pid, child.pid);
    connection.close();
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  it("takes places from the environment, and lets flags win", async () => {
    const child = start(["--state", join(directory, "s")], {
      GANTRY_ROOT: join(directory, "r"),
      GANTRY_STATE: "/nowhere",
    });
    assert.equal((await serving(child)).at(-1)?.["root"], join(directory, "r"));
  });

  it("ends at once at a second signal, with status 1", async () => {
    const child = start(places());
    const ended = once(child, "exit");
    await serving(child);
    const connection = connectTo(socket(), "grpc");
    // A stream that its reader keeps open makes stopping take its time.
    const events = createClient(EventService, connection.transport).subscribe({ follow: true });
    await events[Symbol.asyncIterator]().next();
    child.kill("SIGINT");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [1, null]);
    connection.close();
  });

  it("ends within a second on a root that another daemon has, naming its process", async () => {
    const first = start(places());
    await serving(first);
    const { status, err } = await run("--root", join(directory, "r"), "--state", join(directory, "other"));
    assert.equal(status, 1);
    assert.match(err, new RegExp(`process ${first.pid}`));
  });

  it("keeps descriptors that it inherited from what it starts", async (context) => {
    if (process.platform !== "linux") return context.skip("only Linux shows how descriptors are marked");
    const child = start(places(), {}, [openSync("/", "r")]);
    await serving(child);
    const table = `/proc/${child.pid}/fdinfo`;
    const open = readdirSync(table).filter((fd) => Number(fd) > 2);
    assert.ok(open.includes("3"));
    for (const fd of open) {
      // O_CLOEXEC, in octal (proc_pid_fdinfo(5)).
      const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(join(table, fd), "utf8"))?.[1] ?? "";
      assert.notEqual(Number.parseInt(flags, 8) & 0o2000000, 0, `descriptor ${fd} has flags ${flags}`);
    }
  });
});

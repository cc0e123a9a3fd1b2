import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { createConnection, type NetConnectOpts } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { connectionStart, endHeaders, endStream, frame, number32, requestBlock } from "../testing/http2-frames.ts";
import { connectTo, type TestTransport, temporaryDirectory } from "../testing/test-daemon.ts";

const main = new URL("../main.ts", import.meta.url).pathname;
/** By how much the daemon may grow under an attack, in bytes. */
const growthMax = 32 << 20;

/** What an attacker sends, piece by piece, until the daemon hangs up. */
type Attack = () => Generator<Buffer, void, void>;

const attacks: Readonly<Record<string, Attack>> = {
  // CVE-2023-44487
  "streams that are opened and reset at once": function* () {
    for (let stream = 1; stream < 200_000; stream += 2) {
      const open = frame("headers", endStream | endHeaders, stream, requestBlock);
      yield Buffer.concat([open, frame("reset", 0, stream, number32(8))]);
    }
  },
  // CVE-2024-27983 and its kin
  "headers that do not end": function* () {
    yield frame("headers", endStream, 1, requestBlock);
    for (let count = 0; count < 20_000; count += 1) yield frame("continuation", 0, 1, Buffer.alloc(4096, 0x82));
  },
  "settings without end": function* () {
    const setting = Buffer.concat([Buffer.from([0, 3]), number32(100)]);
    for (let count = 0; count < 500_000; count += 1) yield frame("settings", 0, 0, setting);
  },
  "pings without end": function* () {
    for (let count = 0; count < 500_000; count += 1) yield frame("ping", 0, 0, Buffer.alloc(8));
  },
  "windows that grow beyond what there can be": function* () {
    for (let count = 0; count < 100_000; count += 1) yield frame("window", 0, 0, number32(0x7fffffff));
  },
  "headers that mean nothing": function* () {
    yield frame("headers", endStream | endHeaders, 1, Buffer.alloc(64, 0xff));
  },
};

describe("the daemon under abuse of HTTP/2", {
  timeout: 240_000,
  skip: process.platform !== "linux" && "needs Linux",
}, () => {
  const directory = temporaryDirectory();
  const socket = join(directory, "s", "gantry.sock");
  let daemon: ChildProcess;
  let port: number;
  let client: TestTransport;

  before(async () => {
    const places = ["--root", join(directory, "r"), "--state", join(directory, "s")];
    const flags = [...places, "--listen", "tcp://127.0.0.1:0", "--tokens", "--log-level", "info"];
    daemon = spawn(process.execPath, [...process.execArgv, main, ...flags], { stdio: ["ignore", "ignore", "pipe"] });
    port = await portIn(daemon);
    client = connectTo(socket, "grpc");
  });
  after(async () => {
    client.close();
    const ended = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await ended;
    rmSync(directory, { recursive: true, force: true });
  });

  const residentBytes = () => {
    const status = readFileSync(`/proc/${daemon.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) << 10;
  };

  const listeners: Readonly<Record<string, () => NetConnectOpts>> = {
    "the unix socket": () => ({ path: socket }),
    TCP: () => ({ host: "127.0.0.1", port }),
  };
  for (const [where, place] of Object.entries(listeners)) {
    for (const [what, attack] of Object.entries(attacks)) {
      it(`hangs up on ${where} at ${what}, serves others meanwhile, and does not grow`, async () => {
        const { getVersion } = createClient(SystemService, client.transport);
        await getVersion({});
        const before = residentBytes();
        const fighting = send(place(), attack);
        assert.equal((await getVersion({})).pid, daemon.pid);
        await fighting;
        assert.equal((await getVersion({})).pid, daemon.pid);
        assert.ok(residentBytes() - before < growthMax, `grew by ${residentBytes() - before} bytes`);
      });
    }
  }
});

/** Resolves when the other side has hung up; rejects if all was sent and it has not. */
async function send(place: NetConnectOpts, attack: Attack): Promise<void> {
  const socket = createConnection(place);
  await once(socket, "connect");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  // Broken off while something was being sent is how it should end.
  socket.on("error", () => {});
  socket.resume();
  socket.write(connectionStart);
  for (const piece of attack()) {
    if (socket.destroyed) return;
    if (!socket.write(piece)) await Promise.race([once(socket, "drain").catch(() => {}), closed]);
  }
  await closed;
}

async function portIn(daemon: ChildProcess): Promise<number> {
  let log = "";
  for await (const chunk of daemon.stderr ?? []) {
    log += chunk;
    const url = /"url":"([^"]+)".*"msg":"serving"/.exec(log)?.[1];
    if (url !== undefined) break;
  }
  return Number(new URL(/"url":"([^"]+)"/.exec(log)?.[1] ?? "").port);
}

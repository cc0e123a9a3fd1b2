import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { SystemService } from "@gantry/api/gantry/system/v1";

import { GantrydProcess } from "../testing/gantryd-process.ts";
import { LogLines } from "../testing/log-lines.ts";
import { connectTo, temporaryDirectory } from "../testing/test-daemon.ts";
import { datagramReceiver, listeningDescriptor } from "../testing/unix-sockets.ts";
import { meetServiceManager } from "./service-manager.ts";

/** Runs gantryd as a service manager does, which knows the process id beforehand. */
const asListenPid = ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh"];

const skip = process.platform !== "linux" && "needs Linux";

describe("gantryd under a service manager", { skip, timeout: 120_000 }, () => {
  for (const kind of ["in a directory", "abstract"]) {
    it(`says on a socket ${kind} that it serves, lives, reads its configuration again and stops`, async () => {
      const directory = temporaryDirectory();
      const name = kind === "abstract" ? `@gantry-notify-${process.pid}` : join(directory, "notify");
      using receiver = datagramReceiver(name);
      const config = join(directory, "gantry.toml");
      writeFileSync(config, "version = 1\n");
      const env = { NOTIFY_SOCKET: name, WATCHDOG_USEC: "400000" };
      await using gantryd = new GantrydProcess({ env, flags: ["--config", config] }, directory);
      const told = (await receiver.next()).split("\n");
      assert.deepEqual(told, ["READY=1", `MAINPID=${gantryd.child.pid}`, `STATUS=serving unix://${gantryd.socket}`]);
      assert.equal(await receiver.next(), "WATCHDOG=1");
      const before = performance.now();
      assert.equal(await receiver.next(), "WATCHDOG=1");
      assert.ok(performance.now() - before < 4_000);

      const next = async () => {
        for (;;) {
          const message = await receiver.next();
          if (message !== "WATCHDOG=1") return message;
        }
      };
      const asked = process.hrtime.bigint() / 1_000n;
      gantryd.child.kill("SIGHUP");
      const [, micros = ""] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(await next()) ?? [];
      assert.ok(BigInt(micros) >= asked && BigInt(micros) <= process.hrtime.bigint() / 1_000n, micros);
      assert.equal(await next(), "READY=1");
      gantryd.child.kill("SIGTERM");
      assert.match(await next(), /^STOPPING=1\n/);
    });
  }

  it("serves on the socket that it was handed, and leaves it where it is", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "handed.sock");
    const fd = listeningDescriptor(path);
    {
      const options = { env: { LISTEN_FDS: "1" }, descriptors: [fd], under: asListenPid };
      await using gantryd = new GantrydProcess(options, directory);
      assert.equal((await gantryd.line("serving"))["address"], `unix://${path}`);
      assert.ok(!existsSync(gantryd.socket));
      const connection = connectTo(path, "grpc");
      const version = await createClient(SystemService, connection.transport).getVersion({});
      connection.close();
      assert.equal(version.pid, gantryd.child.pid);
      const ended = once(gantryd.child, "exit");
      gantryd.child.kill("SIGTERM");
      assert.deepEqual(await ended, [0, null]);
      assert.ok(existsSync(path));
    }
    closeSync(fd);
  });

  it("does not begin on what is no socket that listens", async () => {
    const file = openSync("/dev/null", "r");
    const options = { env: { LISTEN_FDS: "1" }, descriptors: [file], under: asListenPid };
    await using gantryd = new GantrydProcess(options);
    closeSync(file);
    const [status] = await once(gantryd.child, "exit");
    assert.equal(status, 1);
    assert.match(gantryd.lines.map(({ msg }) => msg).join(), /descriptor 3": socket activation: .*ENOTSOCK/);
  });
});

describe("meetServiceManager", { skip }, () => {
  const meet = async (env: NodeJS.ProcessEnv) => {
    const { log, lines } = new LogLines();
    return { ...(await meetServiceManager(env, log)), lines };
  };

  it("finds nothing where there is none, and then says nothing", async () => {
    const { notifier, aliveEveryMs, socket, lines } = await meet({ PATH: "/bin" });
    notifier.ready("serving");
    notifier.stopping();
    assert.deepEqual([aliveEveryMs, socket, lines], [undefined, undefined, []]);
  });

  it("takes what was said out of the environment, and leaves alone what is meant for others", async () => {
    const env = {
      NOTIFY_SOCKET: "@none",
      WATCHDOG_USEC: "30000000",
      WATCHDOG_PID: "1",
      LISTEN_FDS: "1",
      LISTEN_PID: "1",
    };
    const given: NodeJS.ProcessEnv = { ...env, PATH: "/bin" };
    const { aliveEveryMs, socket } = await meet(given);
    assert.deepEqual([aliveEveryMs, socket, given], [undefined, undefined, { PATH: "/bin" }]);
    const watched = await meet({ ...env, WATCHDOG_PID: String(process.pid) });
    assert.equal(watched.aliveEveryMs, 15_000);
  });

  it("takes one socket, no more", async () => {
    const env = { LISTEN_FDS: "2", LISTEN_PID: String(process.pid) };
    await assert.rejects(meet(env), { kind: "failed-precondition", message: /expected one socket, got 2/ });
  });

  it("goes on where nobody listens to it", async () => {
    const directory = temporaryDirectory();
    const { notifier, lines } = await meet({ NOTIFY_SOCKET: join(directory, "none") });
    notifier.ready("serving");
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ["the service manager cannot be told"],
    );
    rmSync(directory, { recursive: true });
  });
});

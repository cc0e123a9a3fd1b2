import assert from "node:assert/strict";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { createServer, type ListenOptions } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { listeningSocketPath } from "./listening-socket.ts";
import { testDirectory } from "./testing/directory.ts";

describe("listeningSocketPath", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  const root = testDirectory();

  async function listening(where: ListenOptions) {
    const server = createServer().listen(where);
    await once(server, "listening");
    const handle: unknown = Reflect.get(server, "_handle");
    const fd = Number(typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : -1);
    return { fd, [Symbol.dispose]: () => void server.close() };
  }

  it("tells where a unix socket listens", async () => {
    const path = join(root, "socket");
    using server = await listening({ path });
    assert.equal(listeningSocketPath(server.fd), path);
  });

  it("refuses everything else", async () => {
    using tcp = await listening({ port: 0, host: "127.0.0.1" });
    assert.throws(() => listeningSocketPath(tcp.fd), { errno: "EINVAL", message: /is no unix socket/ });
    using abstract = await listening({ path: `\0gantry-test-listening-${process.pid}` });
    assert.throws(() => listeningSocketPath(abstract.fd), { errno: "EINVAL", message: /has no path/ });
    const file = openSync("/dev/null", "r");
    assert.throws(() => listeningSocketPath(file), { errno: "ENOTSOCK" });
    closeSync(file);
    assert.throws(() => listeningSocketPath(9_999), { errno: "EBADF" });
  });
});

import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import { peerCredentials } from "./peer-credentials.ts";
import { connectSeqpacket } from "./seqpacket.ts";
import { testDirectory } from "./testing/directory.ts";
import { seqpacketServer } from "./testing/seqpacket-server.ts";

describe("peerCredentials", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  const root = testDirectory();

  it("tells who connected", () => {
    using server = seqpacketServer(`${root}/socket`);
    const client = connectSeqpacket(`${root}/socket`);
    const fd = server.accept();
    assert.deepEqual(peerCredentials(fd), { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    client.close();
    closeSync(fd);
  });

  it("refuses what is no socket", () => {
    const fd = openSync("/dev/null", "r");
    assert.throws(() => peerCredentials(fd), { errno: "ENOTSOCK", syscall: "getsockopt" });
    closeSync(fd);
  });
});

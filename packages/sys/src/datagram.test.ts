import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sendDatagram } from "./datagram.ts";
import { datagramReceiver } from "./testing/datagram-receiver.ts";
import { testDirectory } from "./testing/directory.ts";

describe("sendDatagram", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  const root = testDirectory();

  for (const name of [join(root, "socket"), `@gantry-test-${process.pid}`]) {
    it(`reaches ${name.startsWith("@") ? "an abstract socket" : "a socket in a directory"}, message by message`, async () => {
      using receiver = datagramReceiver(name);
      sendDatagram(name, "READY=1");
      sendDatagram(name, "STATUS=grüße");
      assert.equal(await receiver.next(), "READY=1");
      assert.equal(await receiver.next(), "STATUS=grüße");
    });
  }

  it("never waits for a receiver that is behind", () => {
    const name = join(root, "full");
    using _receiver = datagramReceiver(name);
    const flood = () => {
      for (let count = 0; count < 100_000; count += 1) sendDatagram(name, "x");
    };
    assert.throws(flood, { errno: "EAGAIN" });
  });

  it("refuses what is no name of a socket, and says where nobody is", () => {
    for (const name of ["", "relative", "@", `/${"x".repeat(108)}`, "/a\0b"]) {
      assert.throws(() => sendDatagram(name, "x"), { errno: "EINVAL" });
    }
    assert.throws(() => sendDatagram(join(root, "none"), "x"), { errno: "ENOENT" });
  });
});

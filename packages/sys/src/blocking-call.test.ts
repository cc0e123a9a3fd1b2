import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { blockingCall } from "./blocking-call.ts";
import { natively } from "./libc.ts";
import { SystemError } from "./system-error.ts";

const calls = natively("usleep", (libc) => ({
  usleep: libc.func<[number]>("int usleep(uint32_t microseconds)"),
  close: libc.func<[number]>("int close(int fd)"),
}));

describe("blockingCall", { skip: process.platform !== "linux" && "needs Linux" }, () => {
  it("carries the errno of the thread that made the call", async () => {
    await assert.rejects(blockingCall(calls().close, [-1], { syscall: "close", path: "/x" }), (error: unknown) => {
      assert.ok(error instanceof SystemError);
      assert.equal(error.message, 'close "/x": bad file descriptor (EBADF)');
      return true;
    });
  });

  it("takes more calls at once than koffi would queue, and goes on after failures", async () => {
    const many = Array.from({ length: 600 }, (_, index) => {
      const call = index % 2 === 0 ? calls().usleep : calls().close;
      return blockingCall(call, [index % 2 === 0 ? 100 : -1], { syscall: "test" });
    });
    const outcomes = await Promise.allSettled(many);
    assert.equal(outcomes.filter((outcome) => outcome.status === "fulfilled").length, 300);
  });

  it("leaves the event loop free meanwhile", async () => {
    const call = blockingCall(calls().usleep, [100_000], { syscall: "usleep" }).then(() => "call");
    const turn = new Promise((resolve) => setImmediate(() => resolve("turn")));
    assert.equal(await Promise.race([call, turn]), "turn");
    assert.equal(await call, "call");
  });
});

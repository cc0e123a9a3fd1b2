import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cString, lastError, natively } from "./libc.ts";
import { run } from "./run.ts";
import { SystemError } from "./system-error.ts";

const onLinux = process.platform === "linux";

/** Runs a module in a process that takes itself for another platform. */
async function elsewhere(platform: string, body: string): Promise<string> {
  const program = `
    Object.defineProperty(process, "platform", { value: ${JSON.stringify(platform)} });
    const sys = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
    const at = await import(${JSON.stringify(new URL("./at.ts", import.meta.url).href)});
    ${body}
  `;
  const args = ["--conditions=gantry-source", "--input-type=module", "--eval", program];
  const { stdout, stderr } = await run({ file: process.execPath, args, timeoutMs: 60_000 });
  return stdout + stderr;
}

describe("on another platform", { skip: !onLinux && "starts a process to pretend in, which needs Linux" }, () => {
  it("imports, and each call says that it is unimplemented there", async () => {
    const output = await elsewhere(
      "win32",
      `
      const calls = {
        mountAll: () => sys.mountAll([], "/"), unmountAll: () => sys.unmountAll("/"), listMounts: () => sys.listMounts(),
        lock: async () => sys.lock("/tmp/x"), closeOnExecAll: async () => sys.closeOnExecAll(),
        processIdentity: async () => sys.processIdentity(1), openat: async () => at.openat(3, "x", 0),
        syncfs: () => at.syncfs(3), getXattr: async () => at.getXattr("/", "user.x"),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error = await call().catch((error) => error);
        if (error?.errno !== "ENOSYS" || !/unimplemented on win32/.test(error.message)) console.log(name, error);
      }
      console.log("done");
      `,
    );
    assert.equal(output, "done\n");
  });

  it("starts programs by Node's own way", async () => {
    const output = await elsewhere(
      "darwin",
      'console.log((await sys.run({ file: "/bin/echo", args: ["hello"] })).stdout.trimEnd());',
    );
    assert.equal(output, "hello\n");
  });
});

describe("natively", { skip: !onLinux && "needs Linux" }, () => {
  it("loads nothing before the first call and looks functions up once", () => {
    let declared = 0;
    const calls = natively("close", (libc) => {
      declared += 1;
      return libc.func<[number]>("int close(int fd)");
    });
    assert.equal(declared, 0);
    assert.equal(calls()(-1), -1);
    assert.equal(lastError("close").errno, "EBADF");
    assert.equal(calls()(-1), -1);
    assert.equal(declared, 1);
  });
});

describe("cString", () => {
  it("refuses a NUL byte in a string and in bytes", () => {
    for (const path of ["a\0b", Buffer.from("a\0b")]) {
      assert.throws(
        () => cString(path, "openat"),
        (error: unknown) => error instanceof SystemError && error.errno === "EINVAL",
      );
    }
  });
  it("ends bytes with a NUL byte", () => assert.deepEqual(cString(Buffer.from("a"), "openat"), Buffer.from("a\0")));
});

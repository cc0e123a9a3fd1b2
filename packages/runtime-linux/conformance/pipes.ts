import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestPipes } from "@gantry/api/testing";

/** Makes FIFOs for a process's input and output, with this process at their other ends. */
export async function makePipes(): Promise<TestPipes> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-pipes-"));
  const [stdin, stdout] = [join(directory, "stdin"), join(directory, "stdout")];
  execFileSync("mkfifo", [stdin, stdout]);
  // Both ends, so that opening waits for nobody and the process finds a writer; read(2) from it is never tried.
  const input = new Socket({
    fd: openSync(stdin, constants.O_RDWR | constants.O_NONBLOCK),
    readable: false,
    writable: true,
  });
  const output = new Socket({
    fd: openSync(stdout, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
    writable: false,
  });
  return {
    stdio: { kind: "pipes", stdin, stdout },
    write: (data) =>
      new Promise((resolve, reject) => input.write(data, (error) => (error ? reject(error) : resolve()))),
    closeInput: async () => {
      input.destroy();
    },
    readOutput: async () => Buffer.concat(await Array.fromAsync(output)),
    [Symbol.asyncDispose]: async () => {
      input.destroy();
      output.destroy();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

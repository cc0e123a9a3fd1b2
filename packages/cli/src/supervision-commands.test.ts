import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Client, OperationError } from "@gantry/client";
import type { CommandModule } from "./command-module.ts";
import { exits } from "./commands/exits.ts";
import { restart } from "./commands/restart.ts";
import { start } from "./commands/start.ts";
import { stop } from "./commands/stop.ts";
import type { Output } from "./output/output.ts";

/** Runs a command on a client that writes down what it is asked, and knows no container but "web" and "db". */
async function runOn(module: CommandModule, operands: readonly unknown[], options: object) {
  const calls: unknown[] = [];
  const lines: string[] = [];
  const record =
    (name: string) =>
    async (id: string, given: object = {}): Promise<null> => {
      calls.push([name, id, given]);
      if (id !== "web" && id !== "db") throw new OperationError("not-found", { type: "container", id }, "is not there");
      return null;
    };
  const exit = { uid: 4n, run: 2, pid: 1, status: 137, exitedAt: new Date(0), oomKilled: true };
  const containers = {
    stop: record("stop"),
    start: record("start"),
    restart: record("restart"),
    exits: async () => [exit, { ...exit, run: 1, status: 0, oomKilled: false }],
  };
  const output: Partial<Output> = {
    line: async (text) => void lines.push(text),
    json: async (value) => void lines.push(`${Array.isArray(value) && value.length}`),
    complain: (error) => void lines.push(`${error}`),
  };
  const context = { client: { containers } as unknown as Client, output: output as Output };
  const code = await module.run(context, operands, options);
  return { code, calls, lines };
}

describe("the commands of supervision", () => {
  it("stop each container that is named, as it was asked for, and print its id", async () => {
    const { code, calls, lines } = await runOn(stop, [["web", "db"]], { signal: "SIGINT", time: 500 });
    const asked = { stopSignal: "SIGINT", timeoutMs: 500 };
    assert.deepEqual(calls, [
      ["stop", "web", asked],
      ["stop", "db", asked],
    ]);
    assert.deepEqual([code, lines], [0, ["web", "db"]]);
  });

  it("leave the time to the daemon where none is given", async () => {
    const { calls } = await runOn(restart, [["web"]], { signal: "SIGTERM" });
    assert.deepEqual(calls, [["restart", "web", { stopSignal: "SIGTERM" }]]);
  });

  it("go on behind a container that they fail for, and end with 1", async () => {
    const { code, lines } = await runOn(start, [["none", "web"]], {});
    assert.equal(code, 1);
    assert.match(lines[0] ?? "", /container "none": is not there/);
    assert.equal(lines[1], "web");
  });

  it("show how runs ended, the newest first, as a table or as JSON", async () => {
    const { lines } = await runOn(exits, ["web"], {});
    assert.deepEqual(lines, [
      [
        "CONTAINER  RUN  STATUS               ENDED",
        "4          2    137 (out of memory)  1970-01-01T00:00:00.000Z",
        "4          1    0                    1970-01-01T00:00:00.000Z",
      ].join("\n"),
    ]);
    assert.deepEqual((await runOn(exits, ["web"], { json: true })).lines, ["2"]);
  });
});

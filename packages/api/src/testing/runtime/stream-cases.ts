import assert from "node:assert/strict";
import { rejectsWith } from "../assertions.ts";
import type { CaseGroup } from "../suite.ts";
import { createContainer, outputOf, type RuntimeHarness, runContainer, untilPrinted, whereCapable } from "./harness.ts";

const log = { stdio: { kind: "log" } } as const;
const withStdin = { stdio: { kind: "log", stdin: true } } as const;
const encode = (text: string) => new TextEncoder().encode(text);

export const streamCases: CaseGroup<RuntimeHarness> = {
  "output gives both streams byte by byte": async (harness) => {
    const stdout = "line\n\nno newline, then CRLF\r\nümläut \u{1f4e6}\ttab \\ ' \"\nlast without end";
    const stderr = "error: \u0001\u001b[31m\n";
    const container = await runContainer(harness, { does: "print", stdout, stderr }, log);
    await container.init.wait();
    assert.deepEqual(await outputOf(container.init, {}), { stdout, stderr });
  },

  "output of nothing is empty": async (harness) => {
    const container = await runContainer(harness, { does: "exit", status: 0 }, log);
    await container.init.wait();
    assert.deepEqual(await outputOf(container.init), { stdout: "", stderr: "" });
  },

  "output with follow shows what a created container writes later, and ends with it": async (harness) => {
    const container = await createContainer(harness, { does: "print", stdout: "hello\n" }, log);
    const output = outputOf(container.init);
    await container.start();
    assert.equal((await output).stdout, "hello\n");
  },

  "output without follow ends while the program runs": async (harness) => {
    const container = await runContainer(harness, { does: "print", stdout: "hello\n", thenSleep: true }, log);
    await untilPrinted(container.init, "hello");
    assert.equal((await outputOf(container.init, {})).stdout, "hello\n");
  },

  "output goes on behind the offset of any frame": async (harness) => {
    const container = await runContainer(harness, { does: "flood", bytes: 200_000 }, log);
    const frames = await Array.fromAsync(container.init.output({ follow: true }));
    const whole = Buffer.concat(frames.map(({ data }) => data));
    let seen = 0;
    let last = 0n;
    for (const [index, frame] of frames.entries()) {
      assert.ok(frame.nextOffset > last);
      last = frame.nextOffset;
      seen += frame.data.length;
      if (index % 7 !== 0 && index !== frames.length - 1) continue;
      const rest = await Array.fromAsync(container.init.output({ fromOffset: frame.nextOffset }));
      assert.ok(Buffer.concat(rest.map(({ data }) => data)).equals(whole.subarray(seen)));
    }
  },

  "output rejects an offset beyond the end with out-of-range": async (harness) => {
    const container = await runContainer(harness, { does: "print", stdout: "hello\n" }, log);
    await container.init.wait();
    for (const fromOffset of [1n << 40n, 1n << 60n, -1n]) {
      await rejectsWith("out-of-range", Array.fromAsync(container.init.output({ fromOffset })));
    }
  },

  "output loses nothing of much, for several readers at once, also if one of them leaves": async (harness) => {
    const bytes = 2_000_000;
    const container = await runContainer(harness, { does: "flood", bytes }, log);
    const count = async () => {
      let size = 0;
      for await (const { data } of container.init.output({ follow: true })) size += data.length;
      return size;
    };
    const leaves = (async () => {
      for await (const { data } of container.init.output({ follow: true })) if (data.length > 0) return;
    })();
    const [one, other] = await Promise.all([count(), count(), leaves]);
    assert.deepEqual([one, other], [bytes, bytes]);
    assert.equal((await container.init.wait()).status, 0);
  },

  "output ends with the reason of its signal": async (harness) => {
    const container = await runContainer(harness, { does: "print", stdout: "hello\n", thenSleep: true }, log);
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const reading = (async () => {
      for await (const frame of container.init.output({ follow: true, signal: abort.signal })) {
        if (frame.data.length > 0) abort.abort(reason);
      }
    })();
    await assert.rejects(reading, reason);
  },

  "output of a process whose output is not kept is refused with failed-precondition": async (harness) => {
    const container = await runContainer(harness, { does: "print", stdout: "hello\n" });
    await container.init.wait();
    await rejectsWith("failed-precondition", Array.fromAsync(container.init.output()));
  },

  "writeStdin gives a program its input in order, and closeStdin its end": whereCapable("stdin", {
    lacks: async (harness) => {
      const container = await runContainer(harness, { does: "copy" }, log);
      return rejectsWith("unimplemented", container.init.writeStdin(encode("x")));
    },
    has: async (harness) => {
      const container = await createContainer(harness, { does: "copy" }, withStdin);
      const early = container.init.writeStdin(encode("before start\n"));
      await container.start();
      await early;
      const lines = Array.from({ length: 50 }, (_, index) => `line ${index}\n`);
      await Promise.all(lines.map((line) => container.init.writeStdin(encode(line))));
      await untilPrinted(container.init, "line 49\n");
      assert.equal((await container.state()).status, "running");
      await container.init.closeStdin();
      await container.init.closeStdin();
      assert.equal((await container.init.wait()).status, 0);
      assert.equal((await outputOf(container.init)).stdout, `before start\n${lines.join("")}`);
    },
  }),

  "writeStdin waits while the program does not read, and loses nothing": whereCapable("stdin", {
    lacks: async () => undefined,
    has: async (harness) => {
      const container = await createContainer(harness, { does: "copy" }, withStdin);
      const text = "0123456789abcde\n".repeat(40_000);
      const writing = container.init.writeStdin(encode(text)).then(() => container.init.closeStdin());
      await container.start();
      await writing;
      await container.init.wait();
      assert.equal((await outputOf(container.init)).stdout, text);
    },
  }),

  "writeStdin is refused with failed-precondition where there is no input": whereCapable("stdin", {
    lacks: async () => undefined,
    has: async (harness) => {
      const without = await runContainer(harness, { does: "sleep" }, { ...log, id: "without" });
      await rejectsWith("failed-precondition", without.init.writeStdin(encode("x")));
      await rejectsWith("failed-precondition", without.init.closeStdin());
      const closed = await runContainer(harness, { does: "sleep" }, { ...withStdin, id: "closed" });
      await closed.init.closeStdin();
      await rejectsWith("failed-precondition", closed.init.writeStdin(encode("x")));
      const stopped = await runContainer(harness, { does: "exit", status: 0 }, { ...withStdin, id: "stopped" });
      await stopped.init.wait();
      await rejectsWith("failed-precondition", stopped.init.writeStdin(encode("x")));
    },
  }),

  "a program without stdin reads the end of its input at once": async (harness) => {
    const container = await runContainer(harness, { does: "copy" }, log);
    assert.equal((await container.init.wait()).status, 0);
  },

  "pipes of the caller are the streams of the program": whereCapable("pipes", {
    lacks: async (harness) =>
      rejectsWith("unimplemented", runContainer(harness, { does: "copy" }, { stdio: { kind: "pipes" } })),
    has: async (harness, context) => {
      if (harness.makePipes === undefined) {
        context.skip("the harness has no pipes");
        return;
      }
      await using pipes = await harness.makePipes();
      const container = await runContainer(harness, { does: "copy" }, { stdio: pipes.stdio });
      const output = pipes.readOutput();
      await pipes.write(encode("through\n"));
      await pipes.closeInput();
      assert.equal((await container.init.wait()).status, 0);
      assert.equal(new TextDecoder().decode(await output), "through\n");
      await rejectsWith("failed-precondition", Array.fromAsync(container.init.output()));
    },
  }),

  "pipes that are not given are empty input and no output": whereCapable("pipes", {
    lacks: async () => undefined,
    has: async (harness) => {
      const container = await runContainer(harness, { does: "copy" }, { stdio: { kind: "pipes" } });
      assert.equal((await container.init.wait()).status, 0);
    },
  }),

  "a terminal is one stream, and has a size": whereCapable("terminal", {
    lacks: async (harness) =>
      rejectsWith("unimplemented", createContainer(harness, { does: "sleep" }, { ...log, terminal: true })),
    has: async (harness) => {
      const program = { does: "print", stdout: "out\n", stderr: "err\n", thenSleep: true } as const;
      const container = await runContainer(harness, program, { ...log, terminal: true });
      await container.init.resize({ columns: 100, rows: 30 });
      await untilPrinted(container.init, "err");
      await container.kill("SIGKILL");
      await container.init.wait();
      const { stdout, stderr } = await outputOf(container.init);
      assert.deepEqual({ stdout, stderr }, { stdout: "out\r\nerr\r\n", stderr: "" });
      await rejectsWith("failed-precondition", container.init.resize({ columns: 1, rows: 1 }));
    },
  }),

  "writeStdin types at a terminal, and closeStdin ends the input": whereCapable("terminal", {
    lacks: async () => undefined,
    has: async (harness, context) => {
      if (!harness.runtime.capabilities.stdin) {
        context.skip("the runtime has no stdin");
        return;
      }
      const container = await runContainer(harness, { does: "copy" }, { ...withStdin, terminal: true });
      await container.init.writeStdin(encode("typed\n"));
      // The terminal shows what is typed, and the program writes it again.
      await untilPrinted(container.init, "typed\r\ntyped\r\n");
      await container.init.closeStdin();
      assert.equal((await container.init.wait()).status, 0);
      await rejectsWith("failed-precondition", container.init.writeStdin(encode("x")));
    },
  }),

  "resize is refused with failed-precondition where there is no terminal": whereCapable("terminal", {
    lacks: async () => undefined,
    has: async (harness) => {
      const container = await runContainer(harness, { does: "sleep" });
      await rejectsWith("failed-precondition", container.init.resize({ columns: 80, rows: 24 }));
    },
  }),
};

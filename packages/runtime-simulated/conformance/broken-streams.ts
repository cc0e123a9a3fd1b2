import type { OutputFrame, OutputOptions, Process } from "@gantry/api";
import { unless, withProcesses } from "./altered.ts";
import type { BrokenRuntime } from "./broken-runtimes.ts";

/** Mistakes with input and output. */
export const brokenStreams: Readonly<Record<string, BrokenRuntime>> = {
  "loses what was written before anybody reads": {
    spoil: (sound) =>
      withOutput(sound, async function* (process, options) {
        let fromOffset = options?.fromOffset ?? 0n;
        for await (const { nextOffset } of process.output()) fromOffset = nextOffset;
        yield* process.output({ ...options, fromOffset });
      }),
    noticedBy: [
      "output gives both streams byte by byte",
      "load finds a running container with its pid, its output and its end",
    ],
  },

  "mixes both streams into one": {
    spoil: (sound) => withFrames(sound, (frame) => ({ ...frame, stream: "stdout" })),
    noticedBy: ["output gives both streams byte by byte"],
  },

  "takes output for text": {
    spoil: (sound) =>
      withFrames(sound, (frame) => ({ ...frame, data: Buffer.from(Buffer.from(frame.data).toString("ascii")) })),
    noticedBy: ["output gives both streams byte by byte"],
  },

  "ends the last line though the program did not": {
    spoil: (sound) =>
      withFrames(sound, (frame) => ({
        ...frame,
        data: frame.data.at(-1) === 0x0a ? frame.data : Buffer.concat([frame.data, Buffer.from("\n")]),
      })),
    noticedBy: ["output gives both streams byte by byte"],
  },

  "begins anew at every offset": {
    spoil: (sound) => withOutput(sound, (process, { fromOffset: _offset, ...options } = {}) => process.output(options)),
    noticedBy: [
      "output goes on behind the offset of any frame",
      "output rejects an offset beyond the end with out-of-range",
    ],
  },

  "shows nothing at an offset beyond the end": {
    spoil: (sound) =>
      withOutput(sound, async function* (process, options) {
        const frames = await unless("out-of-range", Array.fromAsync(process.output(options)), () => []);
        yield* frames;
      }),
    noticedBy: ["output rejects an offset beyond the end with out-of-range"],
  },

  "does not wait for what is written later": {
    spoil: (sound) => withOutput(sound, (process, options) => process.output({ ...options, follow: false })),
    noticedBy: ["output with follow shows what a created container writes later, and ends with it"],
  },

  "waits for the end though it was not asked to": {
    spoil: (sound) => withOutput(sound, (process, options) => process.output({ ...options, follow: true })),
    noticedBy: ["output without follow ends while the program runs"],
  },

  "gives each frame to one reader alone": {
    spoil: (sound) =>
      withProcesses(sound, (process) => {
        const seen = new Set<bigint>();
        return {
          output: async function* (options) {
            for await (const frame of process.output(options)) {
              if (seen.size !== seen.add(frame.nextOffset).size) yield frame;
            }
          },
        };
      }),
    noticedBy: ["output loses nothing of much, for several readers at once, also if one of them leaves"],
  },

  "cannot be told to stop showing output": {
    spoil: (sound) => withOutput(sound, (process, { signal: _signal, ...options } = {}) => process.output(options)),
    noticedBy: ["output ends with the reason of its signal"],
  },

  "shows no output where none is kept": {
    spoil: (sound) =>
      withOutput(sound, async function* (process, options) {
        yield* await unless("failed-precondition", Array.fromAsync(process.output(options)), () => []);
      }),
    noticedBy: ["output of a process whose output is not kept is refused with failed-precondition"],
  },

  "takes input that nobody will read": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        writeStdin: (...args) => unless("failed-precondition", process.writeStdin(...args), () => undefined),
      })),
    noticedBy: ["writeStdin is refused with failed-precondition where there is no input"],
  },

  "writes in another order than it was asked": {
    spoil: (sound) =>
      withProcesses(sound, (process) => {
        let held: Uint8Array | null = null;
        return {
          // Every second piece before the one in front of it.
          writeStdin: async (data, options) => {
            const before = held;
            held = before === null ? data : null;
            if (before === null) return;
            await process.writeStdin(data, options);
            await process.writeStdin(before, options);
          },
          closeStdin: async (options) => {
            if (held !== null) await process.writeStdin(held, options);
            held = null;
            await process.closeStdin(options);
          },
        };
      }),
    noticedBy: ["writeStdin gives a program its input in order, and closeStdin its end"],
  },

  "drops input that does not fit": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        writeStdin: (data, options) => process.writeStdin(data.subarray(0, 65_536), options),
      })),
    noticedBy: ["writeStdin waits while the program does not read, and loses nothing"],
  },

  "does not close input": {
    spoil: (sound) => withProcesses(sound, () => ({ closeStdin: async () => undefined })),
    noticedBy: ["writeStdin gives a program its input in order, and closeStdin its end"],
  },

  "resizes a terminal that is not there": {
    spoil: (sound) =>
      withProcesses(sound, (process) => ({
        resize: (...args) => unless("failed-precondition", process.resize(...args), () => undefined),
      })),
    noticedBy: [
      "resize is refused with failed-precondition where there is no terminal",
      "a terminal is one stream, and has a size",
    ],
  },

  "ends lines of a terminal as a pipe does": {
    spoil: (sound) =>
      withFrames(sound, (frame) => ({
        ...frame,
        data: Buffer.from(Buffer.from(frame.data).toString("latin1").replaceAll("\r\n", "\n"), "latin1"),
      })),
    noticedBy: ["a terminal is one stream, and has a size"],
  },
};

function withOutput(
  sound: Parameters<typeof withProcesses>[0],
  output: (process: Process, options: OutputOptions | undefined) => AsyncIterable<OutputFrame>,
) {
  return withProcesses(sound, (process) => ({ output: (options) => output(process, options) }));
}

function withFrames(sound: Parameters<typeof withProcesses>[0], change: (frame: OutputFrame) => OutputFrame) {
  return withOutput(sound, async function* (process, options) {
    for await (const frame of process.output(options)) yield change(frame);
  });
}

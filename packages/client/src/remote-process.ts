import type { CallOptions, Exit, OutputFrame, OutputOptions, Signal, TerminalSize } from "@gantry/api";
import type { AttachResponse } from "@gantry/api/gantry/containers/v1";
import { exitFromMessage, outputFrameFromMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { type RpcOptions, ServerStream } from "./server-stream.ts";
import { required } from "./values.ts";

/** What a process wrote, as it comes. Ending the iteration, or disposing of it, frees the reader. */
export type Output = AsyncIterableIterator<OutputFrame, undefined, undefined> & AsyncDisposable;

/** A process of a container: its init process, or an exec. */
export interface RemoteProcess {
  /** Id of the container. */
  readonly containerId: string;
  /** Id of the exec; `""` for the init process. */
  readonly execId: string;

  /**
   * Resolves when the process has ended, at once if it has. Any number of callers get the same answer.
   *
   * Rejects with
   * - `not-found`: no such process, or it was deleted before it ended
   */
  wait(options?: CallOptions): Promise<Exit>;

  /**
   * Shows what the process wrote, stdout and stderr in the order of arrival. Any number of readers at once.
   *
   * Rejects with
   * - `not-found`: no such process
   * - `failed-precondition`: its output is not kept
   * - `out-of-range`: `fromOffset` lies beyond the end, or before what is still kept
   */
  output(options?: OutputOptions): Output;

  /** As `output` with `follow`, resolved when the reader is in place: nothing of a process started afterwards is missed. */
  attach(options?: Omit<OutputOptions, "follow">): Promise<Output>;

  /**
   * Sends a signal, SIGTERM if none is given. Resolves when it is sent.
   *
   * Rejects with
   * - `not-found`: no such process
   * - `invalid-argument`: the platform does not know the signal
   * - `failed-precondition`: the process is stopped
   */
  kill(signal?: Signal, options?: CallOptions): Promise<void>;

  /**
   * Writes to standard input, in the order of the calls, however much. Resolves when the bytes are handed over.
   *
   * Rejects with
   * - `failed-precondition`: it was made without standard input, its input is closed, or it is stopped
   * - `unimplemented`: the runtime cannot
   */
  writeStdin(data: Uint8Array, options?: CallOptions): Promise<void>;

  /** Closes standard input. Idempotent. Rejects as `writeStdin`. */
  closeStdin(options?: CallOptions): Promise<void>;

  /**
   * Tells the terminal its size.
   *
   * Rejects with
   * - `failed-precondition`: it has no terminal, or is stopped
   * - `unimplemented`: the runtime cannot
   */
  resize(size: TerminalSize, options?: CallOptions): Promise<void>;
}

/** The most bytes that one write to standard input may carry. */
const stdinMaxBytes = 1 << 20;

/** @param execId - id of the exec; `""` for the init process */
export function remoteProcess({ containers: raw }: RawClients, containerId: string, execId: string): RemoteProcess {
  const process = { id: containerId, execId };
  const open = ({ fromOffset = 0n, follow = false, ...options }: OutputOptions) => {
    const request = { ...process, fromOffset, follow };
    return new ServerStream<OutputFrame, AttachResponse>(
      options,
      (rpc: RpcOptions) => raw.attach(request, rpc),
      frameOf,
    );
  };
  return {
    containerId,
    execId,
    wait: async (options = {}) => exitFromMessage(required((await raw.waitContainer(process, options)).exit, "exit")),
    output: (options = {}) => open(options),
    async attach(options = {}) {
      const stream = open({ ...options, follow: true });
      await stream.ready();
      return stream;
    },
    async kill(signal = "", options = {}) {
      await raw.killContainer({ ...process, signal: String(signal) }, options);
    },
    async writeStdin(data, options = {}) {
      for (let begin = 0; begin < data.length; begin += stdinMaxBytes) {
        const piece = new Uint8Array(data.subarray(begin, begin + stdinMaxBytes));
        await raw.writeStdin({ ...process, data: piece }, options);
      }
    },
    async closeStdin(options = {}) {
      await raw.closeStdin(process, options);
    },
    async resize(size, options = {}) {
      await raw.resizeTerminal({ ...process, size }, options);
    },
  };
}

function frameOf({ frame }: AttachResponse): OutputFrame | undefined {
  return frame === undefined ? undefined : outputFrameFromMessage(frame);
}

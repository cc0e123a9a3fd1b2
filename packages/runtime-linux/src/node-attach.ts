import { connectSeqpacket } from "@gantry/sys/sockets";
import { errnoOf } from "./host-error.ts";

/** Much less than conmon reads at once: of a larger message it would lose the rest. */
const maxMessageBytes = 4_096;

/**
 * As {@link HostFiles.sendMessages}.
 *
 * conmon writes the terminal's output to everybody who is connected, and waits for those who do not read, so that the
 * container would stand still with us. So the connection is there only as long as something is sent, and read meanwhile.
 */
export async function sendMessages(path: string, data: Uint8Array, signal?: AbortSignal): Promise<boolean> {
  const connection = await connect(path);
  if (connection === null) {
    return false;
  }
  const onAbort = () => connection.close();
  signal?.addEventListener("abort", onAbort);
  const reading = dropAll(connection);
  try {
    signal?.throwIfAborted();
    for (let start = 0; start < data.length; start += maxMessageBytes) {
      await connection.send(data.subarray(start, start + maxMessageBytes));
    }
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (errnoOf(error) === "EPIPE" || errnoOf(error) === "ECONNRESET") return false;
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    connection.close();
    await reading;
  }
}

async function connect(path: string) {
  try {
    return connectSeqpacket(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ECONNREFUSED") return null;
    throw error;
  }
}

/** What the terminal shows is in the log as well. */
async function dropAll(messages: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _message of messages);
  } catch {
    // The connection is gone, which is what sending finds out too.
  }
}

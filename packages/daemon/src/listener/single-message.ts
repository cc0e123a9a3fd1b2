import type { Readable } from "node:stream";
import { Code, ConnectError } from "@connectrpc/connect";
import { messageMaxBytes } from "./limits.ts";

/** Flags and length before each message (gRPC over HTTP2, "Length-Prefixed-Message"). */
const prefixBytes = 5;

/**
 * Reads the only message of a request that is not compressed.
 *
 * Rejects with a `ConnectError`, as the library would
 * - `ResourceExhausted`: the message is longer than {@link messageMaxBytes}; no more than that is held
 * - `Unimplemented`: there is no message, or a second one
 * - `InvalidArgument`: the request ends within the message
 * - `Internal`: the message is marked as compressed
 * - `Canceled`: the caller leaves before the end
 */
export function readSingleMessage(request: Readable): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received > prefixBytes + messageMaxBytes) end(() => messageOf(Buffer.concat(chunks)));
    };
    const onEnd = () => end(() => messageOf(Buffer.concat(chunks)));
    const onClose = () =>
      end(() => {
        throw new ConnectError("the caller has left", Code.Canceled);
      });
    const end = (message: () => Uint8Array) => {
      request.off("data", onData).off("end", onEnd).off("close", onClose);
      // What still comes is thrown away.
      request.resume();
      try {
        resolve(message());
      } catch (error) {
        reject(error);
      }
    };
    request.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}

function messageOf(bytes: Buffer): Uint8Array {
  if (bytes.length === 0) {
    throw new ConnectError("protocol error: missing input message for unary method", Code.Unimplemented);
  }
  const length = bytes.length < prefixBytes ? Number.POSITIVE_INFINITY : bytes.readUInt32BE(1);
  if (length > messageMaxBytes && length !== Number.POSITIVE_INFINITY) {
    const detail = `message size ${length} is larger than the ${messageMaxBytes} bytes that are read`;
    throw new ConnectError(detail, Code.ResourceExhausted);
  }
  if (bytes.length < prefixBytes + length) {
    throw new ConnectError("protocol error: the request ends within its message", Code.InvalidArgument);
  }
  if (bytes.length > prefixBytes + length) {
    throw new ConnectError("protocol error: received extra input message for unary method", Code.Unimplemented);
  }
  if (bytes[0] !== 0) {
    throw new ConnectError("protocol error: a compressed message without grpc-encoding", Code.Internal);
  }
  return bytes.subarray(prefixBytes);
}

import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { connect as connectSocket } from "node:net";

/** Flag and length before each gRPC message (the gRPC protocol over HTTP/2, "Length-Prefixed-Message"). */
const prefixBytes = 5;

/** Makes unary gRPC calls over one connection, with as little work of its own as there can be. */
export interface GrpcCaller extends Disposable {
  /**
   * Calls `method`, such as `/package.Service/Method`, and returns the bytes of its last answer. Rejects if the status
   * is another than OK.
   */
  call(method: string, message: Uint8Array): Promise<Uint8Array>;
}

/**
 * Connects to the unix socket at `path`.
 *
 * @param headers - metadata of every call
 */
export async function openGrpcCaller(path: string, headers: Readonly<Record<string, string>>): Promise<GrpcCaller> {
  const session = connect("http://localhost", { createConnection: () => connectSocket(path) });
  await once(session, "connect");
  return {
    call: (method, message) => callUnary(session, { ":path": method, ...headers }, message),
    [Symbol.dispose]: () => session.close(),
  };
}

function callUnary(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  message: Uint8Array,
): Promise<Uint8Array> {
  const stream = session.request({
    ":method": "POST",
    "content-type": "application/grpc+proto",
    te: "trailers",
    ...headers,
  });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = "without a status";
    const read = (trailers: Readonly<Record<string, unknown>>) => {
      if (trailers["grpc-status"] !== undefined) {
        status = trailers["grpc-status"] === "0" ? "ok" : `${trailers["grpc-status"]}: ${trailers["grpc-message"]}`;
      }
    };
    stream.on("response", read);
    stream.on("trailers", read);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("end", () => {
      if (status === "ok") resolve(Buffer.concat(chunks).subarray(prefixBytes));
      else reject(new Error(`${headers[":path"]} ended ${status}`));
    });
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
  });
}

import { Agent, request } from "node:http";

/** Makes unary Connect calls over HTTP/1.1, as a script would, with as little work of its own as there can be. */
export interface ConnectCaller extends Disposable {
  /** Calls `method`, such as `/package.Service/Method`, and returns the bytes of its answer. Rejects if it is an error. */
  call(method: string, message: Uint8Array): Promise<Uint8Array>;
}

/** Calls through the unix socket at `path`, over connections that are kept. */
export function openConnectCaller(path: string): ConnectCaller {
  const agent = new Agent({ keepAlive: true });
  return {
    call: (method, message) => post(agent, { socketPath: path, path: method }, message),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function post(
  agent: Agent,
  to: { readonly socketPath: string; readonly path: string },
  message: Uint8Array,
): Promise<Uint8Array> {
  const headers = {
    "content-type": "application/proto",
    "connect-protocol-version": "1",
    "content-length": message.length,
  };
  return new Promise((resolve, reject) => {
    const call = request({ ...to, agent, method: "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${to.path} ended with ${response.statusCode}: ${body}`));
      });
    });
    call.on("error", reject);
    call.end(message);
  });
}

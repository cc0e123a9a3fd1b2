import { OperationError } from "@gantry/api";

/** Where a daemon listens; the path of a named pipe is one that Node connects to like a socket's. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "http"; readonly baseUrl: string };

/** The most bytes of a path that a socket address holds (unix(7), less the NUL). */
const socketPathMaxBytes = 107;

/** Returns `GANTRY_ADDRESS`, else the socket, or on Windows the named pipe, that a daemon of this user listens on. */
export function defaultAddress(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const configured = env["GANTRY_ADDRESS"];
  if (configured) {
    return configured;
  }
  if (platform === "win32") {
    return "npipe:////./pipe/gantry";
  }
  const runtimeDirectory = env["XDG_RUNTIME_DIR"];
  const isRoot = process.getuid?.() === 0;
  return `unix://${!isRoot && runtimeDirectory ? runtimeDirectory : "/run"}/gantry/gantry.sock`;
}

/**
 * Reads `unix:///PATH`, an absolute path alone, `npipe:////./pipe/NAME`, `http://HOST:PORT` or `https://HOST:PORT`.
 *
 * Throws `invalid-argument`: it has another form.
 */
export function parseAddress(address: string): Address {
  const path = address.startsWith("unix://") ? address.slice("unix://".length) : address;
  if (path.startsWith("/") && !path.includes("\0") && Buffer.byteLength(path) <= socketPathMaxBytes) {
    return { kind: "unix", path };
  }
  const [, pipe] = /^npipe:\/\/(\/\/\.\/pipe\/[\w.-]{1,200})$/.exec(address) ?? [];
  if (pipe !== undefined) {
    return { kind: "unix", path: pipe };
  }
  if (/^https?:\/\//.test(address) && URL.canParse(address)) {
    return { kind: "http", baseUrl: address.replace(/\/+$/, "") };
  }
  const expected = `expected unix:///PATH of at most ${socketPathMaxBytes} bytes, or http://HOST:PORT`;
  throw new OperationError("invalid-argument", { type: "daemon", id: address }, expected);
}

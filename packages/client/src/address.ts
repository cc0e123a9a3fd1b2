import { OperationError } from "@gantry/api";

/** Where a daemon listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "http"; readonly baseUrl: string };

/** The most bytes of a path that a socket address holds (unix(7), less the NUL). */
const socketPathMaxBytes = 107;

/** Returns `GANTRY_ADDRESS`, else the socket that a daemon of this user listens on. */
export function defaultAddress(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env["GANTRY_ADDRESS"];
  if (configured) {
    return configured;
  }
  const runtimeDirectory = env["XDG_RUNTIME_DIR"];
  const isRoot = process.getuid?.() === 0;
  return `unix://${!isRoot && runtimeDirectory ? runtimeDirectory : "/run"}/gantry/gantry.sock`;
}

/**
 * Reads `unix:///PATH`, an absolute path alone, or `http://HOST:PORT`.
 *
 * Throws `invalid-argument`: it has another form.
 */
export function parseAddress(address: string): Address {
  const path = address.startsWith("unix://") ? address.slice("unix://".length) : address;
  if (path.startsWith("/") && !path.includes("\0") && Buffer.byteLength(path) <= socketPathMaxBytes) {
    return { kind: "unix", path };
  }
  if (/^https?:\/\//.test(address) && URL.canParse(address)) {
    return { kind: "http", baseUrl: address.replace(/\/+$/, "") };
  }
  const expected = `expected unix:///PATH of at most ${socketPathMaxBytes} bytes, or http://HOST:PORT`;
  throw new OperationError("invalid-argument", { type: "daemon", id: address }, expected);
}

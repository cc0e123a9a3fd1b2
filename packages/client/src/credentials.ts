import { readFileSync } from "node:fs";
import { OperationError } from "@gantry/api";

/** How a daemon is known, and how a client shows who it is, under TLS; everything in PEM. */
export interface TlsCredentials {
  /** Authorities that the daemon's certificate may lead to. Default: those that Node trusts. */
  readonly ca?: string | Uint8Array;
  /** The client's certificate. Default: none is shown. */
  readonly cert?: string | Uint8Array;
  /** The certificate's key. */
  readonly key?: string | Uint8Array;
}

/** What a client shows to a daemon that it reaches over TCP. */
export interface Credentials {
  readonly token?: string;
  readonly tls?: TlsCredentials;
}

/**
 * Reads `GANTRY_TOKEN`, else the file `GANTRY_TOKEN_FILE`; and the files `GANTRY_TLS_CA`, `GANTRY_TLS_CERT` and
 * `GANTRY_TLS_KEY`.
 *
 * Throws `invalid-argument`: a file cannot be read
 */
export function credentialsFrom(env: NodeJS.ProcessEnv): Credentials {
  const token = env["GANTRY_TOKEN"] || read(env, "GANTRY_TOKEN_FILE")?.toString("utf8").trim();
  const [ca, cert, key] = [read(env, "GANTRY_TLS_CA"), read(env, "GANTRY_TLS_CERT"), read(env, "GANTRY_TLS_KEY")];
  return { ...(token && { token }), tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } };
}

function read(env: NodeJS.ProcessEnv, variable: string): Buffer | undefined {
  const path = env[variable];
  if (!path) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const subject = { type: "daemon", id: path } as const;
    throw new OperationError("invalid-argument", subject, `${variable} cannot be read: ${reason}`, { cause });
  }
}

import { readFileSync, statSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { OperationError } from "@gantry/api";
import type { TlsConfig } from "../config/tcp-config.ts";

/** What is in the files of TLS. */
export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
}

/**
 * Reads certificate, key and the authority of clients.
 *
 * Throws `failed-precondition`: one cannot be read, certificate and key do not belong together, or the key is open to
 * others than its owner
 */
export function readTlsFiles({ certificate, key, clientCa }: TlsConfig): TlsFiles {
  const files = {
    cert: read(certificate),
    key: readKey(key),
    ...(clientCa !== undefined && { ca: read(clientCa) }),
  };
  try {
    createSecureContext(files);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(certificate, `certificate and key cannot be used: ${reason}`, cause);
  }
  return files;
}

function readKey(path: string): Buffer {
  const bytes = read(path);
  if (process.platform === "win32") return bytes;
  const { mode, uid } = statSync(path);
  if ((mode & 0o077) !== 0) throw refuse(path, "the key must be open to nobody but its owner (chmod 600)");
  if (uid !== 0 && uid !== process.getuid?.()) throw refuse(path, "the key belongs to another user");
  return bytes;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refuse(path, `cannot be read: ${reason}`, cause);
  }
}

function refuse(path: string, detail: string, cause?: unknown): OperationError {
  return new OperationError("failed-precondition", { type: "daemon", id: path }, detail, { cause });
}

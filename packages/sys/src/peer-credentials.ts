import { lastError, natively } from "./libc.ts";

/** SOL_SOCKET and SO_PEERCRED of getsockopt(2). */
const socketLevel = 1;
const peerCredentialsOption = 17;

/** Who is at the other end of a unix socket. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const calls = natively("getsockopt", (libc) => ({
  getsockopt: libc.func<[number, number, number, Uint8Array, Uint8Array]>(
    "int getsockopt(int fd, int level, int option, void *value, void *length)",
  ),
}));

/**
 * Asks the kernel who connected a unix socket.
 *
 * The answer is of the moment of connecting: the process may have ended since, passed the socket on, or changed its
 * user. The pid is 0 for a peer that cannot be seen from this pid namespace.
 *
 * @param fd - descriptor of a connected unix stream or seqpacket socket; ENOTSOCK for anything else
 */
export function peerCredentials(fd: number): PeerCredentials {
  const credentials = Buffer.alloc(12);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(credentials.length);
  if (calls().getsockopt(fd, socketLevel, peerCredentialsOption, credentials, length) < 0)
    throw lastError("getsockopt");
  return { pid: credentials.readInt32LE(0), uid: credentials.readUInt32LE(4), gid: credentials.readUInt32LE(8) };
}

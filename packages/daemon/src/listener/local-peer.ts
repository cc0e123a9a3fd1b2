import type { Socket } from "node:net";
import { type Caller, localCaller } from "../access/caller.ts";

/** Tells who connected a unix socket; called once for each connection, while it is open. */
export type LocalPeers = (socket: Socket) => Caller;

/**
 * Returns how this platform tells who connects: on Linux the kernel says user, group and process (SO_PEERCRED, unix(7)),
 * as they were when the connection was made. Elsewhere nothing is known but that the caller may open the socket.
 */
export async function openLocalPeers(): Promise<LocalPeers> {
  if (process.platform !== "linux") return () => localCaller({ kind: "local" });
  const { peerCredentials } = await import("@gantry/sys/sockets");
  return (socket) => {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) return localCaller({ kind: "local" });
    return localCaller({ kind: "local", ...peerCredentials(descriptor) });
  };
}

/** Node has no public name for it; a socket without one is known no worse than on other platforms. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  const descriptor: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : undefined;
}

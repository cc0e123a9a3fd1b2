import type { Socket } from "node:net";
import type { Caller } from "../access/caller.ts";
import type { HttpRequest } from "./http-handler.ts";

const peerKey: unique symbol = Symbol("gantry.peer");

declare module "node:net" {
  interface Socket {
    /** Set by the listener that took the connection. */
    [peerKey]?: Caller;
  }
}

/** Remembers who is at the other end of a connection. */
export function setPeer(socket: Socket, peer: Caller): void {
  socket[peerKey] = peer;
}

/** Returns who is at the other end of the connection of a request; `undefined` if it is gone already. */
export function peerOf(request: HttpRequest): Caller | undefined {
  // In HTTP/2 this is a stand-in for the socket, which passes on what it does not know.
  return request.socket[peerKey];
}

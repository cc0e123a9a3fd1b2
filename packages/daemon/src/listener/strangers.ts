import type { Socket } from "node:net";
import type { Caller } from "../access/caller.ts";
import { strangerMs } from "./limits.ts";

/**
 * Ends connections of those who never show who they are: there is room for so many connections, and somebody who has no
 * right to any of them could hold them all.
 */
export class Strangers {
  /** By what a connection's peer is known as, which no two connections share. */
  readonly #timers = new WeakMap<Caller, NodeJS.Timeout>();

  /** Gives a new connection the time it has. */
  watch(peer: Caller, socket: Socket): void {
    const timer = setTimeout(() => socket.destroy(), strangerMs);
    this.#timers.set(peer, timer);
    socket.once("close", () => clearTimeout(timer));
  }

  /** Lets a connection be, since its peer has shown who it is. */
  know(peer: Caller): void {
    clearTimeout(this.#timers.get(peer));
  }
}

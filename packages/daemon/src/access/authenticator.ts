import { OperationError } from "@gantry/api";
import type { Caller } from "./caller.ts";
import { unauthenticated } from "./check-access.ts";
import { FailureLimit } from "./failure-limit.ts";
import type { Tokens } from "./tokens.ts";

/** How often an address may fail within a second. */
const failuresPerSecond = 10;

/** What a request shows of its caller. */
export interface Credentials {
  /** Who is at the other end of the connection: its address, and what its certificate stands for if it has shown one. */
  readonly peer: Caller;
  /** For the limit on failures. */
  readonly address: string;
  /** The header. */
  readonly authorization: string | undefined;
  /** `SERVICE/METHOD`, for messages. */
  readonly method: string;
  /** Whether the method wants to know who calls at all. */
  readonly isOpen: boolean;
}

/** Finds out who calls over TCP. */
export class Authenticator {
  readonly #tokens: Tokens | null;
  readonly #limit: FailureLimit;

  /** @param tokens - `null`: tokens are not taken */
  constructor(tokens: Tokens | null, nowMs: () => number = () => performance.now()) {
    this.#tokens = tokens;
    this.#limit = new FailureLimit(failuresPerSecond, nowMs);
  }

  /**
   * Returns who calls. A token counts where there is one, whatever certificate there is.
   *
   * Throws
   * - `unauthenticated`: what is shown is worth nothing, or nothing is shown and the method is not open to everybody
   * - `resource-exhausted`: likewise, and the address has failed often within this second
   */
  identify(credentials: Credentials): Caller {
    const { peer, address, authorization, method, isOpen } = credentials;
    if (authorization === undefined) {
      if (peer.grant !== null || isOpen) return peer;
      throw this.#failure(address, method, this.#wanted());
    }
    const secret = /^Bearer +([^ ]+)$/i.exec(authorization)?.[1];
    const caller = secret === undefined ? undefined : this.#tokens?.callerOf(secret);
    if (caller !== undefined) return { ...caller, facts: { ...peer.facts, ...caller.facts } };
    const detail = this.#tokens === null ? this.#wanted() : "the token is not valid, or not any more";
    throw this.#failure(address, method, detail);
  }

  /** Others behind the same address are not to suffer, so only failures are told apart, by how many there are. */
  #failure(address: string, method: string, detail: string): OperationError {
    if (this.#limit.isOver(address)) {
      const subject = { type: "request", id: method } as const;
      return new OperationError("resource-exhausted", subject, "too many failures of this address within a second");
    }
    this.#limit.count(address);
    return unauthenticated(method, detail);
  }

  #wanted(): string {
    return this.#tokens === null
      ? "needs a client certificate that the daemon's configuration gives a role"
      : "needs a token, in the header authorization";
  }
}

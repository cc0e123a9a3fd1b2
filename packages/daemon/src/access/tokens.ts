import { setMaxListeners } from "node:events";
import { OperationError } from "@gantry/api";
import type { Clock } from "../core/supervision/clock.ts";
import type { Store } from "../store/store.ts";
import type { TokenRecord, TokenTable } from "../store/token-table.ts";
import type { Caller } from "./caller.ts";
import type { Grant } from "./role.ts";
import { drawSecret, idIn, matches } from "./secret.ts";

/** The longest time between two looks at the wall clock, which may have been set meanwhile; in milliseconds. */
const lookEveryMs = 60_000;

/** What {@link Tokens} needs. */
export interface TokensOptions {
  readonly store: Store;
  readonly table: TokenTable;
  readonly now: () => Date;
  readonly clock: Clock;
}

/** What a new token shall be. */
export interface NewToken extends Grant {
  readonly name: string;
  /** `null`: until it is removed. */
  readonly lifetimeMs: number | null;
}

/** What is kept of a token that somebody has shown. */
interface Use {
  readonly ending: AbortController;
  timer?: Disposable;
}

/** The tokens by which callers from elsewhere show who they are. Secrets are told once and kept as hashes. */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #uses = new Map<string, Use>();

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  /** Returns the new token and its secret, when it is on the disk. Throws `invalid-argument`: it would be good nowhere. */
  create({ name, role, namespaces, lifetimeMs }: NewToken): { readonly token: TokenRecord; readonly secret: string } {
    if (namespaces !== "all" && namespaces.size === 0) {
      const subject = { type: "token", id: name } as const;
      throw new OperationError("invalid-argument", subject, "needs namespaces, or to be for all of them");
    }
    const { id, hash, text } = drawSecret();
    const createdAt = this.#options.now();
    const expiresAt = lifetimeMs === null ? null : new Date(createdAt.getTime() + lifetimeMs);
    const token = { id, name, hash, role, namespaces, createdAt, expiresAt };
    this.#options.store.transaction(() => this.#options.table.insert(token));
    return { token, secret: text };
  }

  /** Also those that have expired; the oldest first. */
  list(): readonly TokenRecord[] {
    return this.#options.table.list();
  }

  /** Removes a token, and ends what its holder has open. Throws `not-found`: there is none of this id. */
  delete(id: string): void {
    const found = this.#options.store.transaction(() => this.#options.table.delete(id));
    if (!found) throw new OperationError("not-found", { type: "token", id }, "there is no such token");
    this.#end(id, "the token was removed");
  }

  /** Returns who shows this secret; `undefined` if it is none, or one that was removed or has expired. */
  callerOf(secret: string): Caller | undefined {
    const id = idIn(secret);
    const token = id === undefined ? undefined : this.#options.table.find(id);
    if (!matches(secret, token?.hash) || token === undefined || this.#isOver(token)) return undefined;
    const { name, role, namespaces } = token;
    return { facts: { kind: "token", token: token.id, name }, grant: { role, namespaces }, ended: this.#useOf(token) };
  }

  #useOf(token: TokenRecord): AbortSignal {
    const known = this.#uses.get(token.id);
    if (known !== undefined) return known.ending.signal;
    const use: Use = { ending: new AbortController() };
    // One token may have any number of streams.
    setMaxListeners(0, use.ending.signal);
    this.#uses.set(token.id, use);
    this.#watch(token, use);
    return use.ending.signal;
  }

  #watch(token: TokenRecord, use: Use): void {
    if (token.expiresAt === null) return;
    const leftMs = token.expiresAt.getTime() - this.#options.now().getTime();
    if (leftMs <= 0) {
      this.#end(token.id, "the token has expired");
      return;
    }
    use.timer = this.#options.clock.after(Math.min(leftMs, lookEveryMs), () => this.#watch(token, use));
  }

  #isOver({ expiresAt }: TokenRecord): boolean {
    return expiresAt !== null && expiresAt.getTime() <= this.#options.now().getTime();
  }

  #end(id: string, reason: string): void {
    const use = this.#uses.get(id);
    if (use === undefined) return;
    this.#uses.delete(id);
    use.timer?.[Symbol.dispose]();
    use.ending.abort(new OperationError("unauthenticated", { type: "token", id }, reason));
  }
}

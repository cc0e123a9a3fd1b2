import type { CallOptions } from "@gantry/api";
import { Role, type Token } from "@gantry/api/gantry/access/v1";
import { dateFromMessage } from "@gantry/api/wire";
import type { RawClients } from "./raw.ts";
import { required } from "./values.ts";

/** What a token allows; each role allows all that those before it do. `unknown`: one that this client is too old for. */
export type TokenRole = "reader" | "operator" | "admin" | "unknown";

/** What is known of a token: everything but its secret. */
export interface TokenInfo {
  readonly id: string;
  /** What its maker calls it. */
  readonly name: string;
  readonly role: TokenRole;
  /** Ordered. */
  readonly namespaces: readonly string[] | "all";
  readonly createdAt: Date;
  /** From then on it is refused; `null`: until it is deleted. */
  readonly expiresAt: Date | null;
}

/** Options of {@link TokensClient.create}. */
export interface CreateTokenOptions extends CallOptions {
  readonly role: Exclude<TokenRole, "unknown">;
  readonly namespaces: readonly string[] | "all";
  /** For whoever reads the list and the audit log. Default: `""`. */
  readonly name?: string;
  /** Default: until it is deleted. */
  readonly lifetimeSeconds?: number;
}

/** The tokens by which callers over TCP show who they are. Needs the role admin in all namespaces. */
export interface TokensClient {
  /**
   * Makes a token. The daemon keeps a hash of the secret only, so that it cannot be had again.
   *
   * Rejects with
   * - `invalid-argument`: a namespace has the wrong form, or there is none
   */
  create(options: CreateTokenOptions): Promise<{ readonly token: TokenInfo; readonly secret: string }>;

  /** Returns all tokens, also those that have expired, the oldest first. */
  list(options?: CallOptions): Promise<readonly TokenInfo[]>;

  /**
   * Removes a token; streams that it opened end with `unauthenticated`.
   *
   * Rejects with
   * - `not-found`: there is none of this id
   */
  delete(id: string, options?: CallOptions): Promise<void>;
}

const roleOf = { reader: Role.READER, operator: Role.OPERATOR, admin: Role.ADMIN } as const;
const words: ReadonlyMap<Role, TokenRole> = new Map([
  [Role.READER, "reader"],
  [Role.OPERATOR, "operator"],
  [Role.ADMIN, "admin"],
]);

export function createTokens({ tokens: raw }: RawClients): TokensClient {
  return {
    async create({ role, namespaces, name = "", lifetimeSeconds = 0, ...options }) {
      const where = namespaces === "all" ? { allNamespaces: true } : { namespaces: [...namespaces] };
      const answer = await raw.createToken({ name, role: roleOf[role], lifetimeSeconds, ...where }, options);
      return { token: infoFrom(required(answer.token, "token")), secret: answer.secret };
    },
    list: async (options = {}) => (await raw.listTokens({}, options)).tokens.map(infoFrom),
    async delete(id, options = {}) {
      await raw.deleteToken({ id }, options);
    },
  };
}

function infoFrom({ id, name, role, namespaces, allNamespaces, createdAt, expiresAt }: Token): TokenInfo {
  return {
    id,
    name,
    role: words.get(role) ?? "unknown",
    namespaces: allNamespaces ? "all" : namespaces,
    createdAt: dateFromMessage(createdAt),
    expiresAt: expiresAt === undefined ? null : dateFromMessage(expiresAt),
  };
}

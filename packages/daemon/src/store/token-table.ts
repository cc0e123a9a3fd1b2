import { type Role, roles } from "../access/role.ts";
import { bytesOf, dateOf, optionalTextOf, type Row, textOf } from "./row.ts";
import type { Store } from "./store.ts";

/** What is known of a token: everything but its secret. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the secret. */
  readonly hash: Uint8Array;
  readonly role: Role;
  readonly namespaces: ReadonlySet<string> | "all";
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
}

/** The tokens, as rows. */
export class TokenTable {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  insert({ id, name, hash, role, namespaces, createdAt, expiresAt }: TokenRecord): void {
    const names = namespaces === "all" ? null : JSON.stringify([...namespaces].sort());
    this.#store
      .prepare(
        "INSERT INTO tokens (id, name, hash, role, namespaces, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(id, name, hash, role, names, createdAt.getTime(), expiresAt?.getTime() ?? null);
  }

  find(id: string): TokenRecord | undefined {
    const row = this.#store.prepare("SELECT * FROM tokens WHERE id = ?").get(id);
    return row && tokenFrom(row);
  }

  /** The oldest first. */
  list(): readonly TokenRecord[] {
    return this.#store.prepare("SELECT * FROM tokens ORDER BY created_at, id").all().map(tokenFrom);
  }

  /** Returns whether there was one. */
  delete(id: string): boolean {
    return this.#store.prepare("DELETE FROM tokens WHERE id = ?").run(id).changes === 1;
  }
}

function tokenFrom(row: Row): TokenRecord {
  const namespaces = optionalTextOf(row, "namespaces");
  return {
    id: textOf(row, "id"),
    name: textOf(row, "name"),
    hash: bytesOf(row, "hash"),
    role: roleFrom(textOf(row, "role")),
    namespaces: namespaces === null ? "all" : new Set(JSON.parse(namespaces).map(String)),
    createdAt: dateOf(row, "created_at"),
    expiresAt: row["expires_at"] === null ? null : dateOf(row, "expires_at"),
  };
}

function roleFrom(word: string): Role {
  const role = roles.find((one) => one === word);
  if (role === undefined) throw new TypeError(`${word} is no role`);
  return role;
}

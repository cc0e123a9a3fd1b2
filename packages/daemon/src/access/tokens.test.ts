import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { isOperationError } from "@gantry/api";
import { Store } from "../store/store.ts";
import { TokenTable } from "../store/token-table.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { temporaryDirectory } from "../testing/test-daemon.ts";
import { type NewToken, Tokens } from "./tokens.ts";

const ci: NewToken = { name: "ci", role: "operator", namespaces: new Set(["ci", "build"]), lifetimeMs: null };

describe("Tokens", () => {
  let directory: string;
  let store: Store;
  let clock: ManualClock;
  let wallMs: number;
  let tokens: Tokens;
  const open = () => {
    store = Store.open(join(directory, "gantry.db"));
    tokens = new Tokens({ store, table: new TokenTable(store), now: () => new Date(wallMs), clock });
  };

  beforeEach(() => {
    directory = temporaryDirectory();
    clock = new ManualClock();
    wallMs = 1_700_000_000_000;
    open();
  });
  afterEach(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const advance = (byMs: number) => {
    wallMs += byMs;
    clock.advance(byMs);
  };

  it("know whoever shows a secret, also after a restart", async () => {
    const { token, secret } = tokens.create(ci);
    await store.close();
    open();
    const caller = tokens.callerOf(secret);
    assert.deepEqual(caller?.facts, { kind: "token", token: token.id, name: "ci" });
    assert.deepEqual(caller?.grant, { role: "operator", namespaces: new Set(["build", "ci"]) });
  });

  it("know nobody who shows something else", () => {
    const { secret, token } = tokens.create(ci);
    const other = tokens.create(ci).secret;
    const last = secret.at(-1) === "A" ? "B" : "A";
    const wrong = [
      ["nothing", ""],
      ["the id alone", `gantry_${token.id}_`],
      ["one letter that is wrong", `${secret.slice(0, -1)}${last}`],
      ["one letter more", `${secret}A`],
      ["one letter less", secret.slice(0, -1)],
      ["the id of one with the chance of another", `gantry_${token.id}_${other.split("_").slice(2).join("_")}`],
      ["an id that nobody has", secret.replace(token.id, "0123456789abcdef")],
    ] as const;
    for (const [what, text] of wrong) assert.equal(tokens.callerOf(text), undefined, what);
  });

  it("keep no secret", async () => {
    const { secret } = tokens.create(ci);
    await store.close();
    for (const file of ["gantry.db", "gantry.db-wal"]) {
      const bytes = readFileSync(join(directory, file), { flag: "a+" });
      assert.equal(bytes.includes(secret.split("_").slice(2).join("_")), false, file);
    }
    open();
  });

  it("have 256 bits of chance each, and no two are alike", () => {
    const secrets = Array.from({ length: 50 }, () => tokens.create(ci).secret);
    assert.equal(new Set(secrets).size, 50);
    for (const secret of secrets) {
      assert.equal(Buffer.from(secret.split("_").slice(2).join("_"), "base64url").length, 32);
    }
  });

  it("are worth nothing from their end on, and end what their holder has open", () => {
    const { secret } = tokens.create({ ...ci, lifetimeMs: 90_000 });
    const ended = tokens.callerOf(secret)?.ended;
    advance(60_000);
    assert.equal(ended?.aborted, false);
    assert.notEqual(tokens.callerOf(secret), undefined);
    advance(30_000);
    assert.ok(isOperationError(ended?.reason, "unauthenticated"));
    assert.equal(tokens.callerOf(secret), undefined);
  });

  it("look at the wall clock again, which somebody may have set", () => {
    const { secret } = tokens.create({ ...ci, lifetimeMs: 3_600_000 });
    const ended = tokens.callerOf(secret)?.ended;
    wallMs += 3_600_000;
    clock.advance(60_000);
    assert.equal(ended?.aborted, true);
  });

  it("are worth nothing once they are removed, and end what their holder has open", () => {
    const { token, secret } = tokens.create(ci);
    const ended = tokens.callerOf(secret)?.ended;
    tokens.delete(token.id);
    assert.ok(isOperationError(ended?.reason, "unauthenticated"));
    assert.equal(tokens.callerOf(secret), undefined);
    assert.deepEqual(tokens.list(), []);
    assert.throws(() => tokens.delete(token.id), { kind: "not-found" });
  });

  it("are listed with those that have expired", () => {
    const { token } = tokens.create({ ...ci, lifetimeMs: 1 });
    advance(5);
    const all = tokens.create({ name: "all", role: "admin", namespaces: "all", lifetimeMs: null }).token;
    assert.deepEqual(
      tokens.list().map(({ id, namespaces, expiresAt }) => ({ id, namespaces, expiresAt })),
      [
        { id: token.id, namespaces: new Set(["build", "ci"]), expiresAt: new Date(1_700_000_000_001) },
        { id: all.id, namespaces: "all", expiresAt: null },
      ],
    );
  });

  it("are refused if they would be good nowhere", () => {
    assert.throws(() => tokens.create({ ...ci, namespaces: new Set() }), { kind: "invalid-argument" });
  });
});

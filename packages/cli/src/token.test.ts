import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { createClient } from "@gantry/client";
import { DaemonProcess } from "./testing/daemon-process.ts";
import { gantry, startGantry } from "./testing/gantry.ts";

/** A daemon that also listens on TCP, and `gantry` as somebody who can reach no more than that. */
describe("gantry token", { timeout: 240_000 }, () => {
  let daemon: DaemonProcess;
  let url: string;
  const asRoot = (...args: string[]) => gantry(args, daemon.env);
  const withToken = (token: string, ...args: string[]) => gantry(args, { GANTRY_ADDRESS: url, GANTRY_TOKEN: token });
  const newToken = async (...flags: string[]) => {
    const { code, stdout, stderr } = await asRoot("token", "create", ...flags);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };

  before(async () => {
    daemon = await DaemonProcess.start('version = 1\n[listen.tcp]\naddress = "tcp://127.0.0.1:0"\ntokens = true\n');
    url = daemon.url;
  });
  after(() => daemon[Symbol.asyncDispose]());

  it("makes a token for a namespace, which opens that namespace and nothing else", async () => {
    const token = await newToken("--namespace", "ci", "--role", "operator", "--ttl", "1h", "--name", "runner");
    assert.match(token, /^gantry_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    assert.equal((await withToken(token, "-n", "ci", "ps")).code, 0);
    const elsewhere = await withToken(token, "ps");
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.stderr, /the caller has no role in namespace "default"/);
    assert.match((await withToken(token, "token", "ls")).stderr, /needs the role admin, the caller has operator/);
    assert.equal((await withToken("", "-n", "ci", "ps")).code, 1);
  });

  it("takes a token from a file", async () => {
    const file = path.join(daemon.directory, "token");
    await writeFile(file, `${await newToken("--all-namespaces", "--role", "reader")}\n`, { mode: 0o600 });
    assert.equal((await gantry(["ps"], { GANTRY_ADDRESS: url, GANTRY_TOKEN_FILE: file })).code, 0);
  });

  it("lists tokens without their secrets, and removes them with what their holders have open", async () => {
    const made = JSON.parse((await asRoot("token", "create", "--all-namespaces", "--role", "reader", "--json")).stdout);
    const { stdout } = await asRoot("token", "ls");
    assert.match(stdout, new RegExp(`${made.id} +reader +\\(all\\) .* never`));
    assert.equal(stdout.includes(made.secret.split("_")[2]), false);
    await using client = createClient({ address: daemon.address });
    await client.namespaces.create("seen-by-the-follower");
    const watching = ["events", "--since", "0", "-f", "--all-namespaces"];
    const follower = startGantry(watching, { GANTRY_ADDRESS: url, GANTRY_TOKEN: made.secret });
    assert.ok(follower.stdout !== null && follower.stderr !== null);
    const [errors, ended] = [text(follower.stderr), once(follower, "exit")];
    await once(follower.stdout, "data");
    assert.equal((await asRoot("token", "rm", made.id)).stdout, `${made.id}\n`);
    assert.deepEqual(await ended, [1, null]);
    assert.match(await errors, /the token was removed/);
    assert.match((await asRoot("token", "rm", made.id)).stderr, /there is no such token/);
  });

  it("refuses a token that would be for nothing, or without a role", async () => {
    assert.match((await asRoot("token", "create", "--role", "reader")).stderr, /needs namespaces/);
    assert.equal((await asRoot("token", "create", "--all-namespaces")).code, 2);
    assert.equal((await asRoot("token", "create", "--role", "reader", "--all-namespaces", "--namespace", "x")).code, 2);
  });
});

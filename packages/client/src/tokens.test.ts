import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CreateTokenRequest, Role, type TokenSchema, TokenService } from "@gantry/api/gantry/access/v1";
import { dateToMessage } from "@gantry/api/wire";
import { createClient } from "./index.ts";
import { startFakeWebServer } from "./testing/fake-server.ts";
import { createClient as createWebClient } from "./web.ts";

type TokenInit = MessageInitShape<typeof TokenSchema>;

const at = new Date(1_700_000_000_000);

describe("the tokens of a client", () => {
  const asked: CreateTokenRequest[] = [];
  const shown: (string | null)[] = [];
  let server: Awaited<ReturnType<typeof startFakeWebServer>>;

  before(async () => {
    server = await startFakeWebServer((router) => {
      router.service(TokenService, {
        createToken: (request) => {
          asked.push(request);
          return { token: { id: "1", role: request.role, createdAt: dateToMessage(at) }, secret: "gantry_1_x" };
        },
        listTokens: (_, { requestHeader }) => {
          shown.push(requestHeader.get("authorization"));
          const everywhere: TokenInit = {
            id: "2",
            role: Role.UNSPECIFIED,
            allNamespaces: true,
            createdAt: dateToMessage(at),
          };
          const there: TokenInit = {
            id: "1",
            name: "ci",
            role: Role.OPERATOR,
            namespaces: ["a"],
            expiresAt: dateToMessage(at),
          };
          return { tokens: [{ ...there, createdAt: dateToMessage(at) }, everywhere] };
        },
      });
    });
  });
  after(() => server[Symbol.asyncDispose]());

  it("are made for some namespaces or for all", async () => {
    const client = createWebClient({ baseUrl: server.baseUrl });
    const { token, secret } = await client.tokens.create({ role: "operator", namespaces: ["a"], lifetimeSeconds: 60 });
    await client.tokens.create({ role: "admin", namespaces: "all", name: "root" });
    assert.equal(secret, "gantry_1_x");
    assert.equal(token.expiresAt, null);
    assert.deepEqual(
      asked.map(({ role, namespaces, allNamespaces, lifetimeSeconds, name }) => [
        ...[role, namespaces, allNamespaces],
        ...[lifetimeSeconds, name],
      ]),
      [
        [Role.OPERATOR, ["a"], false, 60, ""],
        [Role.ADMIN, [], true, 0, "root"],
      ],
    );
  });

  it("are listed as values, also those of a role to come", async () => {
    const tokens = await createWebClient({ baseUrl: server.baseUrl }).tokens.list();
    assert.deepEqual(tokens, [
      { id: "1", name: "ci", role: "operator", namespaces: ["a"], createdAt: at, expiresAt: at },
      { id: "2", name: "", role: "unknown", namespaces: "all", createdAt: at, expiresAt: null },
    ]);
  });

  it("are shown with every call, by a client that was given one", async () => {
    shown.splice(0);
    await createWebClient({ baseUrl: server.baseUrl, token: "gantry_1_x" }).in("other").tokens.list();
    await createWebClient({ baseUrl: server.baseUrl }).tokens.list();
    assert.deepEqual(shown, ["Bearer gantry_1_x", null]);
  });

  it("stay at home where the daemon's own socket is called", () => {
    // A token would be refused for this place, were it looked at.
    createClient({ address: "unix:///nowhere", token: "not a token" });
  });
});

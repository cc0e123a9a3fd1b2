import assert from "node:assert/strict";
import { after, afterEach, before, describe, it, type TestContext } from "node:test";
import type { DescMethod, DescMethodUnary } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { Role, TokenService } from "@gantry/api/gantry/access/v1";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { EventService } from "@gantry/api/gantry/events/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { Health } from "@gantry/api/grpc";
import { emptyConfig } from "../config/config.ts";
import { services } from "../services/routes.ts";
import { LogLines } from "../testing/log-lines.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { connectOverTcp, loopbackWithTokens, type TcpCall } from "../testing/tcp-client.ts";
import { protocols, TestDaemon, type TestTransport } from "../testing/test-daemon.ts";
import { ruleOf } from "./method-rules.ts";

const codeOf = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ConnectError ? error.code : error;
};

describe("access over TCP by tokens", () => {
  const log = new LogLines("debug");
  const clock = new ManualClock();
  const open: TestTransport[] = [];
  let test: TestDaemon;
  let url: string;

  before(async () => {
    const config = { ...emptyConfig, listen: { allowedOrigins: [], tcp: loopbackWithTokens } };
    test = await TestDaemon.start({ config, log: log.log, clock });
    url = test.daemon.url ?? "";
    const namespaces = createClient(NamespaceService, test.transport());
    for (const name of ["ci", "secret"]) await namespaces.createNamespace({ namespace: { name } });
  });
  after(() => test[Symbol.asyncDispose]());
  afterEach(() => {
    for (const connection of open.splice(0)) connection.close();
  });

  const over = (call: Omit<TcpCall, "url">): Transport => {
    const connection = connectOverTcp({ url, ...call });
    open.push(connection);
    return connection.transport;
  };
  const tokens = () => createClient(TokenService, test.transport());
  const tokenFor = async (role: Role, namespaces: readonly string[] = [], lifetimeSeconds = 0) => {
    const allNamespaces = namespaces.length === 0;
    return tokens().createToken({ name: "test", role, namespaces: [...namespaces], allNamespaces, lifetimeSeconds });
  };
  /** Failures of an address are counted by the second, and all of these come from one. */
  const listenedTo = async (call: () => Promise<unknown>) => {
    for (;;) {
      const code = await codeOf(call());
      if (code !== Code.ResourceExhausted) return code;
    }
  };

  it("tells a prober that it serves, and nobody anything else", async () => {
    await createClient(Health, over({})).check({});
    for (const protocol of [...protocols, "json"] as const) {
      const client = createClient(SystemService, over({ protocol }));
      assert.equal(await listenedTo(() => client.getVersion({})), Code.Unauthenticated, protocol);
    }
  });

  it("serves whoever shows a token, in every protocol", async () => {
    const { secret } = await tokenFor(Role.READER);
    for (const protocol of [...protocols, "json"] as const) {
      const { pid } = await createClient(SystemService, over({ protocol, token: secret })).getVersion({});
      assert.equal(pid, process.pid, protocol);
    }
  });

  it("writes no secret into its log, and names the token in the audit log", async () => {
    const { secret, token } = await tokenFor(Role.OPERATOR);
    const client = createClient(ContainerService, over({ token: secret }));
    assert.equal(await codeOf(client.deleteContainer({ id: "none" })), Code.NotFound);
    await listenedTo(() => createClient(SystemService, over({ token: `${secret}x` })).getVersion({}));
    const written = JSON.stringify(log.lines);
    assert.equal(written.includes(secret.split("_").slice(2).join("_")), false);
    const line = log.of("audit").findLast(({ object }) => object === "none");
    assert.deepEqual(
      Object.entries(line?.["caller"] ?? {}).filter(([key]) => key !== "port"),
      [
        ["kind", "token"],
        ["address", "127.0.0.1"],
        ["token", token?.id],
        ["name", "test"],
      ],
    );
  });

  it("refuses every method to whoever shows nothing", async () => {
    const transport = over({});
    const isUnary = (method: DescMethod): method is DescMethodUnary => method.methodKind === "unary";
    for (const method of services.flatMap((service) => service.methods.filter(isUnary))) {
      const name = `${method.parent.typeName}/${method.name}`;
      if (ruleOf(name)?.role === null) continue;
      const code = await codeOf(transport.unary(method, undefined, undefined, undefined, {}));
      assert.ok(code === Code.Unauthenticated || code === Code.ResourceExhausted, name);
    }
  });

  it("holds a role to what it may do, and names the one that is missing", async () => {
    const reader = over({ token: (await tokenFor(Role.READER)).secret });
    const operator = over({ token: (await tokenFor(Role.OPERATOR)).secret });
    const admin = over({ token: (await tokenFor(Role.ADMIN)).secret });
    await assert.rejects(createClient(ContainerService, reader).startContainer({ id: "x" }), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.code, Code.PermissionDenied);
      assert.match(error.rawMessage, /needs the role operator, the caller has reader/);
      return true;
    });
    assert.equal(await codeOf(createClient(ContainerService, operator).startContainer({ id: "x" })), Code.NotFound);
    const made = { namespace: { name: "by-role" } };
    assert.equal(await codeOf(createClient(NamespaceService, operator).createNamespace(made)), Code.PermissionDenied);
    assert.equal(await codeOf(createClient(TokenService, operator).listTokens({})), Code.PermissionDenied);
    await createClient(NamespaceService, admin).createNamespace(made);
    await createClient(TokenService, admin).listTokens({});
  });

  it("tells nothing of namespaces that the caller was not given", async () => {
    const token = (await tokenFor(Role.ADMIN, ["ci"])).secret;
    const inside = over({ token, headers: { "gantry-namespace": "ci" } });
    const outside = over({ token, headers: { "gantry-namespace": "secret" } });
    const nowhere = over({ token, headers: { "gantry-namespace": "none-such" } });
    const header = over({ token, headers: { "gantry-namespace": "ci", "containerd-namespace": "secret" } });
    assert.deepEqual((await createClient(ContainerService, inside).listContainers({})).containers, []);
    assert.deepEqual((await createClient(ContainerService, header).listContainers({})).containers, []);
    const twice = over({ token, headers: { "gantry-namespace": "ci, secret" } });
    assert.notEqual(await codeOf(createClient(ContainerService, twice).listContainers({})), undefined);
    for (const transport of [outside, nowhere, over({ token })]) {
      const call = createClient(ContainerService, transport).listContainers({});
      assert.equal(await codeOf(call), Code.PermissionDenied);
    }
    const { namespaces } = await createClient(NamespaceService, inside).listNamespaces({});
    assert.deepEqual(
      namespaces.map(({ name }) => name),
      ["ci"],
    );
    const client = createClient(NamespaceService, inside);
    assert.equal((await client.getNamespace({ name: "ci" })).namespace?.name, "ci");
    for (const name of ["secret", "none-such"]) {
      assert.equal(await codeOf(client.getNamespace({ name })), Code.PermissionDenied);
      assert.equal(await codeOf(client.deleteNamespace({ name })), Code.PermissionDenied);
    }
    assert.equal(await codeOf(createClient(SystemService, inside).getInfo({})), Code.PermissionDenied);
    assert.equal(await codeOf(createClient(TokenService, inside).listTokens({})), Code.PermissionDenied);
    const all = createClient(EventService, inside).subscribe({ allNamespaces: true });
    assert.equal(await codeOf(all[Symbol.asyncIterator]().next()), Code.PermissionDenied);
    const own = createClient(EventService, inside).subscribe({ follow: false });
    for await (const { event } of own) assert.equal(event?.namespace ?? "ci", "ci");
  });

  const endings = {
    "is removed": async (id: string) => void (await tokens().deleteToken({ id })),
    "has expired": async (_: string, t: TestContext) => {
      // Ends are judged by the time of day, and looked at by the other clock.
      t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 30_000 });
      clock.advance(30_000);
    },
  };
  for (const [what, end] of Object.entries(endings)) {
    for (const protocol of protocols) {
      it(`ends a stream when its token ${what}, in ${protocol}`, async (t) => {
        const { token, secret } = await tokenFor(Role.READER, ["ci"], 30);
        const transport = over({ protocol, token: secret, headers: { "gantry-namespace": "ci" } });
        const events = createClient(EventService, transport).subscribe({ fromNow: true, follow: true });
        const stream = events[Symbol.asyncIterator]();
        assert.equal((await stream.next()).value?.event, undefined);
        const next = codeOf(stream.next());
        await end(token?.id ?? "", t);
        assert.equal(await next, Code.Unauthenticated);
        const client = createClient(SystemService, over({ token: secret }));
        assert.equal(await listenedTo(() => client.getVersion({})), Code.Unauthenticated);
      });
    }
  }

  it("tells an address that fails too often, logs no more of it, and serves those who do not fail", async () => {
    const { secret } = await tokenFor(Role.READER);
    log.lines.splice(0);
    const client = createClient(SystemService, over({ token: "wrong" }));
    const codes = await Promise.all(Array.from({ length: 40 }, () => codeOf(client.getVersion({}))));
    assert.ok(codes.includes(Code.ResourceExhausted));
    assert.ok(codes.every((code) => code === Code.ResourceExhausted || code === Code.Unauthenticated));
    const told = codes.filter((code) => code === Code.Unauthenticated).length;
    assert.equal(log.of("a caller was refused").length, told);
    await createClient(SystemService, over({ token: secret })).getVersion({});
  });
});

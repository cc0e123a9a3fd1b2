import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Role, TokenService } from "@gantry/api/gantry/access/v1";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { emptyConfig } from "../config/config.ts";
import type { TcpConfig } from "../config/tcp-config.ts";
import { noOpenssl, TestAuthority, type TestCertificate } from "../testing/certificates.ts";
import { connectOverTcp, loopbackWithTokens, type TcpCall } from "../testing/tcp-client.ts";
import { protocols, TestDaemon } from "../testing/test-daemon.ts";

const path = `/${SystemService.typeName}/GetVersion`;
const start = (tcp: TcpConfig) =>
  TestDaemon.start({ config: { ...emptyConfig, listen: { allowedOrigins: ["https://console.example"], tcp } } });
const newToken = async (test: TestDaemon) => {
  const wanted = { name: "test", role: Role.READER, allNamespaces: true };
  return (await createClient(TokenService, test.transport()).createToken(wanted)).secret;
};
const pidOver = async (call: TcpCall) => {
  const connection = connectOverTcp(call);
  try {
    return (await createClient(SystemService, connection.transport).getVersion({})).pid;
  } finally {
    connection.close();
  }
};

describe("a listener of TCP without TLS", () => {
  let test: TestDaemon;
  let secret: string;
  let port: number;

  before(async () => {
    test = await start({ ...loopbackWithTokens, allowedHosts: new Set(["gantry.example"]) });
    port = Number(new URL(test.daemon.url ?? "").port);
    secret = await newToken(test);
  });
  after(() => test[Symbol.asyncDispose]());

  const raw = async (request: string) => {
    const socket = createConnection(port, "127.0.0.1");
    await once(socket, "connect");
    socket.write(request);
    return text(socket);
  };
  const post = (host: string, headers = `Authorization: Bearer ${secret}\r\n`) =>
    raw(
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Type: application/json\r\n${headers}Content-Length: 2\r\n\r\n{}`,
    );

  it("is not there unless it is asked for", async () => {
    const other = await TestDaemon.start();
    assert.equal(other.daemon.url, undefined);
    await other[Symbol.asyncDispose]();
  });

  for (const host of ["127.0.0.1", "localhost:80", "LOCALHOST", "[::1]:1", "gantry.example:443"]) {
    it(`serves ${host}`, async () => assert.match(await post(host), /^HTTP\/1\.1 200/));
  }
  for (const host of [
    "evil.example",
    "127.0.0.1.evil.example",
    "0.0.0.0",
    "192.0.2.1",
    "localhost.evil.example:80",
    "x y",
  ]) {
    it(`refuses a page that was led here as ${host}, also with a good token`, async () => {
      assert.match(await post(host), /^HTTP\/1\.1 4(21|00)/);
    });
  }

  it("refuses a wrong host in every protocol and in HTTP/2, also beside a right one", async () => {
    for (const type of ["application/grpc", "application/grpc-web+proto", "application/json", "text/plain"]) {
      for (const hosts of [
        { ":authority": "evil.example" },
        { ":authority": "127.0.0.1", host: "evil.example" },
        { ":authority": "evil.example", host: "127.0.0.1" },
      ]) {
        const session = connectHttp2(`http://127.0.0.1:${port}`);
        const credentials = { authorization: `Bearer ${secret}`, "content-type": type };
        const call = session.request({ ":method": "POST", ":path": path, ...credentials, ...hosts });
        call.end();
        const [headers] = await once(call, "response");
        assert.equal(headers[":status"], 421);
        session.destroy();
      }
    }
  });

  it("asks for a token before it says that there is no such method", async () => {
    for (const target of [
      "/",
      "//gantry.system.v1.SystemService/GetVersion",
      `${path}/`,
      path.toLowerCase(),
      "*",
      `${path}?x`,
    ]) {
      const answer = await raw(
        `POST ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      );
      assert.match(answer, /^HTTP\/1\.1 4(01|29)/, target);
      const known = `Host: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ${secret}\r\n`;
      const seen = await raw(
        `POST ${target} HTTP/1.1\r\n${known}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
      );
      assert.match(seen, target.endsWith("?x") ? /^HTTP\/1\.1 200/ : /^HTTP\/1\.1 404/, target);
    }
  });

  it("answers in clear words, names how to authenticate, and reads nothing of what follows", async () => {
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n`;
    const answer = await raw(head);
    assert.match(answer, /^HTTP\/1\.1 4(01|29)/);
    assert.match(answer, /www-authenticate: Bearer realm="gantry"/i);
    assert.match(answer, /"code":"(unauthenticated|resource_exhausted)"/);
  });

  it("tells a page of a listed origin that its token is wrong, and answers its preflight without one", async () => {
    const origin = "Origin: https://console.example\r\n";
    assert.match(await post("localhost", origin), /access-control-allow-origin: https:\/\/console\.example/i);
    const preflight = await raw(
      `OPTIONS ${path} HTTP/1.1\r\nHost: localhost\r\n${origin}Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`,
    );
    assert.match(preflight, /^HTTP\/1\.1 204/);
    assert.match(preflight, /access-control-allow-headers: [^\r]*authorization/i);
    assert.match(await post("localhost", "Origin: https://evil.example\r\n"), /^HTTP\/1\.1 403/);
  });
});

describe("a listener of TCP with TLS", { skip: noOpenssl }, () => {
  let directory: string;
  let authority: TestAuthority;
  let server: TestCertificate;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "gantry-tls-"));
    authority = new TestAuthority(directory);
    server = authority.issue("server", "DNS:localhost,IP:127.0.0.1");
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  const files = () => ({ certificate: server.certificate, key: server.key });

  it("serves every protocol on one port, to whoever shows a token", async () => {
    await using test = await start({ ...loopbackWithTokens, tls: files() });
    const token = await newToken(test);
    const url = test.daemon.url ?? "";
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
    for (const protocol of [...protocols, "json"] as const) {
      assert.equal(await pidOver({ url, protocol, token, tls: { ca: authority.pem } }), process.pid, protocol);
    }
    const nobody = pidOver({ url, tls: { ca: authority.pem } });
    await assert.rejects(nobody, (error) => ConnectError.from(error).code === Code.Unauthenticated);
  });

  it("takes TLS 1.3 and no older one, unless it is told to take 1.2", async () => {
    const versionOver = async (test: TestDaemon, options: ConnectionOptions) => {
      const { port } = new URL(test.daemon.url ?? "");
      const socket = connectTls({ port: Number(port), host: "127.0.0.1", ca: authority.pem, ...options });
      await once(socket, "secureConnect");
      const protocol = socket.getProtocol();
      socket.destroy();
      return protocol;
    };
    await using newest = await start({ ...loopbackWithTokens, tls: files() });
    assert.equal(await versionOver(newest, {}), "TLSv1.3");
    await assert.rejects(versionOver(newest, { maxVersion: "TLSv1.2" }));
    await using older = await start({ ...loopbackWithTokens, tls: { ...files(), minVersion: "TLSv1.2" } });
    assert.equal(await versionOver(older, { maxVersion: "TLSv1.2" }), "TLSv1.2");
    await assert.rejects(
      versionOver(older, { maxVersion: "TLSv1.1", minVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" }),
    );
  });

  it("gives a client the role of its certificate", async () => {
    const ci = authority.issue("ci");
    const byDnsName = authority.issue("other", "DNS:build.example");
    const stranger = authority.issue("stranger");
    const clients = new Map([
      ["ci", { role: "reader", namespaces: new Set(["ci"]) } as const],
      ["build.example", { role: "reader", namespaces: "all" } as const],
    ]);
    await using test = await start({
      ...loopbackWithTokens,
      tokens: false,
      clients,
      tls: { ...files(), clientCa: authority.file },
    });
    const url = test.daemon.url ?? "";
    const connectAs = ({ cert, key }: TestCertificate, namespace = "ci") => {
      const tls = { ca: authority.pem, cert, key: readFileSync(key) };
      return connectOverTcp({ url, headers: { "gantry-namespace": namespace }, tls });
    };
    const codeAs = async (certificate: TestCertificate, namespace?: string) => {
      const connection = connectAs(certificate, namespace);
      try {
        await createClient(ContainerService, connection.transport).listContainers({});
        return undefined;
      } catch (error) {
        return ConnectError.from(error).code;
      } finally {
        connection.close();
      }
    };
    assert.equal(await codeAs(ci), undefined);
    assert.equal(await codeAs(ci, "default"), Code.PermissionDenied);
    assert.equal(await codeAs(byDnsName, "default"), undefined);
    assert.equal(await codeAs(stranger), Code.Unauthenticated);
    await assert.rejects(pidOver({ url, tls: { ca: authority.pem } }));
    const forged = new TestAuthority(directory, "forged").issue("ci-forged");
    assert.notEqual(await codeAs(forged), undefined);
  });

  it("does not count a certificate of another authority, where tokens are taken too", async () => {
    const own = new TestAuthority(directory, "own").issue("admin");
    const clients = new Map([["admin", { role: "admin", namespaces: "all" } as const]]);
    await using test = await start({ ...loopbackWithTokens, clients, tls: { ...files(), clientCa: authority.file } });
    const tls = { ca: authority.pem, cert: own.cert, key: readFileSync(own.key) };
    const call = pidOver({ url: test.daemon.url ?? "", tls });
    await assert.rejects(call, (error) => ConnectError.from(error).code === Code.Unauthenticated);
  });

  it("does not begin with a key that others can read, or one of another certificate", async () => {
    const open = authority.issue("open", "DNS:localhost");
    chmodSync(open.key, 0o640);
    const wrong: readonly [TcpConfig["tls"], RegExp][] = [
      [{ certificate: open.certificate, key: open.key }, /open to nobody but its owner/],
      [{ certificate: open.certificate, key: server.key }, /cannot be used/],
      [{ certificate: join(directory, "none"), key: server.key }, /cannot be read/],
    ];
    for (const [tls, message] of wrong) {
      await assert.rejects(start({ ...loopbackWithTokens, ...(tls && { tls }) }), {
        kind: "failed-precondition",
        message,
      });
    }
  });

  it("takes new certificates while it serves, and keeps the old ones where the new are wrong", async () => {
    const files = authority.issue("renewed", "DNS:localhost,IP:127.0.0.1");
    const { certificate, key } = files;
    await using test = await start({ ...loopbackWithTokens, tls: { certificate, key } });
    const { port } = new URL(test.daemon.url ?? "");
    const serialNumber = async () => {
      const socket = connectTls({ port: Number(port), host: "127.0.0.1", ca: authority.pem });
      await once(socket, "secureConnect");
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const first = await serialNumber();
    authority.issue("renewed", "DNS:localhost,IP:127.0.0.1");
    assert.equal(await serialNumber(), first);
    test.daemon.renewCertificates();
    const second = await serialNumber();
    assert.notEqual(second, first);
    rmSync(key);
    assert.throws(() => test.daemon.renewCertificates(), { kind: "failed-precondition" });
    assert.equal(await serialNumber(), second);
  });

  it("does not begin where another program listens", async () => {
    await using test = await start({ ...loopbackWithTokens, tls: files() });
    const { port } = new URL(test.daemon.url ?? "");
    const again = start({ ...loopbackWithTokens, address: `tcp://127.0.0.1:${port}` });
    await assert.rejects(again, { kind: "failed-precondition", message: /EADDRINUSE/ });
  });
});

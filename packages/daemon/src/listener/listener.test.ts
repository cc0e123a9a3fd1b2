import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { createConnection, type Socket } from "node:net";
import { buffer, text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { emptyConfig } from "../config/config.ts";
import { protocols, TestDaemon } from "../testing/test-daemon.ts";

const path = `/${SystemService.typeName}/GetVersion`;
const origin = "https://console.example";

describe("Listener", () => {
  let test: TestDaemon;

  before(async () => {
    const config = { ...emptyConfig, listen: { allowedOrigins: [origin] } };
    test = await TestDaemon.start({ config });
  });
  after(() => test[Symbol.asyncDispose]());

  const open = async (): Promise<Socket> => {
    const socket = createConnection(test.socket);
    await once(socket, "connect");
    return socket;
  };

  /** Sends a request as it is written, and returns all that comes back. */
  const raw = async (...pieces: readonly string[]): Promise<string> => {
    const socket = await open();
    for (const piece of pieces) {
      await new Promise((resolve) => socket.write(piece, resolve));
    }
    return text(socket);
  };

  const post = (headers: string, body = "{}") =>
    raw(`POST ${path} HTTP/1.1\r\nConnection: close\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`);
  const asJson = "Host: x\r\nContent-Type: application/json\r\n";

  it("serves HTTP/1.1 and HTTP/2 on one socket", async () => {
    for (const protocol of [...protocols, "json"] as const) {
      assert.equal((await createClient(SystemService, test.transport(protocol)).getVersion({})).pid, process.pid);
    }
  });

  it("waits for the bytes that tell which HTTP it is", async () => {
    const rest = `OST ${path} HTTP/1.1\r\nConnection: close\r\n${asJson}Content-Length: 2\r\n\r\n{}`;
    assert.match(await raw("P", rest), /^HTTP\/1\.1 200 OK/);
  });

  it("serves whatever host a request names, or none", async () => {
    assert.match(await post(asJson.replace("Host: x", "Host: not a host at all")), /^HTTP\/1\.1 (200|400)/);
    const body = `Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    assert.match(await raw(`POST ${path} HTTP/1.0\r\n${body}`), /^HTTP\/1\.1 200 OK/);
    const session = connectHttp2("http://localhost", { createConnection: () => createConnection(test.socket) });
    const call = session.request({
      ":method": "POST",
      ":path": path,
      ":authority": "host:99999",
      "content-type": "application/json",
    });
    call.end("{}");
    const [headers] = await once(call, "response");
    assert.equal(headers[":status"], 200);
    await buffer(call);
    session.close();
  });

  const strange = ["/gantry.system.v1.SystemService", "//gantry.system.v1.SystemService/GetVersion", "/", "*"];
  for (const target of [...strange, `${path}/`, path.toLowerCase(), path.replace("/", "/%2f")]) {
    it(`answers 404 to ${JSON.stringify(target)}`, async () => {
      const answer = await raw(`POST ${target} HTTP/1.1\r\nConnection: close\r\n${asJson}Content-Length: 2\r\n\r\n{}`);
      assert.match(answer, /^HTTP\/1\.1 404/);
    });
  }

  it("has no method that a GET can call", async () => {
    const answer = await raw(
      `GET ${path}?connect=v1&encoding=json&message=%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 405/);
  });

  it("answers 400 to what is no request, and goes on", async () => {
    assert.match(await raw("NONSENSE\r\n\r\n"), /^HTTP\/1\.1 400/);
    assert.match(await post(asJson), /^HTTP\/1\.1 200/);
  });

  it("refuses more headers than there may be", async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `X-${index}: ${"y".repeat(20)}\r\n`).join("");
    assert.match(await post(asJson + many), /^HTTP\/1\.1 (400|431)/);
  });

  it("does not undo one encoding after the other", async () => {
    const many = Array.from({ length: 2000 }, () => "gzip").join(", ");
    assert.match(await post(`${asJson}Content-Encoding: ${many}\r\n`), /^HTTP\/1\.1 (400|404|415|501)/);
  });

  it("refuses a page of another origin, whatever it sends", async () => {
    assert.match(await post(`${asJson}Origin: https://evil.example\r\n`), /^HTTP\/1\.1 403/);
    assert.match(await post(`${asJson}Origin: null\r\n`), /^HTTP\/1\.1 403/);
    assert.match(await post(`${asJson}Sec-Fetch-Site: cross-site\r\n`), /^HTTP\/1\.1 403/);
  });

  it("lets a page of a configured origin call, and answers its preflight", async () => {
    const answer = await post(`${asJson}Origin: ${origin}\r\n`);
    assert.match(answer, /^HTTP\/1\.1 200/);
    assert.match(answer, /access-control-allow-origin: https:\/\/console\.example\r\n/i);
    const ask = `Host: x\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n`;
    const preflight = await raw(`OPTIONS ${path} HTTP/1.1\r\n${ask}`);
    assert.match(preflight, /^HTTP\/1\.1 204/);
    assert.match(preflight, /access-control-allow-headers: [^\r]*gantry-namespace/i);
  });

  it("refuses a message that is too large, also one that is small before it is decompressed", async () => {
    const client = createClient(ContainerService, test.transport());
    const tooLarge = client.writeStdin({ id: "x", data: new Uint8Array(17 << 20) });
    await assert.rejects(tooLarge, (error) => error instanceof ConnectError && error.code === Code.ResourceExhausted);

    const bomb = gzipSync(Buffer.alloc(64 << 20));
    const session = connectHttp2("http://localhost", { createConnection: () => createConnection(test.socket) });
    const type = { "content-type": "application/proto", "content-encoding": "gzip" };
    const call = session.request({ ":method": "POST", ":path": `/${ContainerService.typeName}/WriteStdin`, ...type });
    call.end(bomb);
    const answer = JSON.parse(await text(call));
    session.close();
    assert.equal(answer.code, "resource_exhausted");
  });
});

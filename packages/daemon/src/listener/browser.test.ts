import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createClient } from "@connectrpc/connect";
import { Role, TokenService } from "@gantry/api/gantry/access/v1";
import { NamespaceService } from "@gantry/api/gantry/namespaces/v1";
import { emptyConfig } from "../config/config.ts";
import { BrowserPage, noBrowser } from "../testing/browser.ts";
import { LogLines } from "../testing/log-lines.ts";
import { loopbackWithTokens } from "../testing/tcp-client.ts";
import { TestDaemon } from "../testing/test-daemon.ts";

/** Everything that a page can send, with what is known to be a good token and without one. */
const attacks = `
  const results = {};
  const note = async (name, attempt) => {
    try {
      const answer = await attempt();
      results[name] = answer?.type === "opaque" ? "unreadable" : "readable";
    } catch {
      results[name] = "failed";
    }
  };
  const event = (element) => new Promise((resolve) => {
    element.onload = element.onerror = () => resolve({ type: "opaque" });
    document.body.append(element);
    setTimeout(() => resolve({ type: "opaque" }), 3000);
  });
  const path = "/gantry.namespaces.v1.NamespaceService/CreateNamespace";
  const body = '{"namespace":{"name":"attacked"}}';
  const bearer = { authorization: "Bearer " + settings.token };
  for (const host of settings.hosts) {
    const url = "http://" + host + path;
    await note(host + " simple post", () => fetch(url, { method: "POST", mode: "no-cors", body }));
    await note(host + " post as text", () => fetch(url, { method: "POST", body, headers: { "content-type": "text/plain" } }));
    await note(host + " post as json", () => fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } }));
    await note(host + " with a token", () => fetch(url, { method: "POST", body, headers: { ...bearer, "content-type": "application/json" } }));
    await note(host + " grpc-web", () => fetch(url, { method: "POST", body, headers: { ...bearer, "content-type": "application/grpc-web+proto" } }));
    await note(host + " get", () => fetch(url + "?connect=v1&encoding=json&message=" + encodeURIComponent(body), { mode: "no-cors" }));
    await note(host + " with credentials", () => fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body }));
    const image = new Image();
    image.src = url + "?connect=v1&encoding=json&message=" + encodeURIComponent(body);
    await note(host + " image", () => event(image));
    const frame = document.createElement("iframe");
    frame.name = "target";
    document.body.append(frame);
    const form = document.createElement("form");
    Object.assign(form, { action: url, method: "POST", enctype: "text/plain", target: "target" });
    const field = document.createElement("input");
    Object.assign(field, { name: '{"namespace":{"name":"attacked', value: '"}}' });
    form.append(field);
    document.body.append(form);
    const sent = new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 3000); });
    form.submit();
    await sent;
    frame.remove();
    await note(host + " socket", () => new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace("http", "ws"));
      socket.onopen = () => resolve({});
      socket.onerror = reject;
    }));
  }
  await report(results);
`;

/** What a page of ours does: one call, and a stream that it reads message by message, as the client for browsers does. */
const console = `
  const call = (service, method, body, type, token) => fetch(settings.url + "/gantry." + service + "/" + method, {
    method: "POST", body, headers: { "content-type": type, "gantry-namespace": "ci", authorization: "Bearer " + token } });
  const version = await call("system.v1.SystemService", "GetVersion", "{}", "application/json", settings.token);
  await report({ status: version.status, pid: (await version.json()).pid });
  const refused = await call("system.v1.SystemService", "GetVersion", "{}", "application/json", "wrong");
  await report({ status: refused.status, code: (await refused.json()).code });
  const request = new TextEncoder().encode('{"follow":true,"fromNow":true}');
  const envelope = new Uint8Array(5 + request.length);
  new DataView(envelope.buffer).setUint32(1, request.length);
  envelope.set(request, 5);
  const stream = await call("events.v1.EventService", "Subscribe", envelope, "application/connect+json", settings.token);
  let bytes = new Uint8Array();
  for await (const chunk of stream.body) {
    bytes = new Uint8Array([...bytes, ...chunk]);
    for (;;) {
      const length = bytes.length < 5 ? Infinity : new DataView(bytes.buffer).getUint32(1);
      if (bytes.length < 5 + length) break;
      await report(JSON.parse(new TextDecoder().decode(bytes.subarray(5, 5 + length))));
      bytes = bytes.slice(5 + length);
    }
  }
  await report("ended");
`;

describe("pages in a browser", { skip: noBrowser, timeout: 180_000 }, () => {
  let page: BrowserPage;
  let test: TestDaemon;
  const log = new LogLines("debug");
  const start = async (allowedOrigins: readonly string[]) => {
    const config = { ...emptyConfig, listen: { allowedOrigins, tcp: loopbackWithTokens } };
    test = await TestDaemon.start({ config, log: log.log });
  };
  const newToken = (role: Role) =>
    createClient(TokenService, test.transport()).createToken({ name: "page", role, allNamespaces: true });

  beforeEach(async () => {
    page = await BrowserPage.take();
  });
  afterEach(async () => {
    await page[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });

  it("reach no method from an origin that is not listed, whatever they try, and read no answer", async () => {
    await start(["https://console.example"]);
    const { port } = new URL(test.daemon.url ?? "");
    const { secret } = await newToken(Role.ADMIN);
    log.lines.splice(0);
    const hosts = ["127.0.0.1", "localhost", "0.0.0.0", "rebound.test"].map((host) => `${host}:${port}`);
    page.open(attacks, { token: secret, hosts });
    const results = await page.next();
    assert.ok(typeof results === "object" && results !== null);
    assert.equal(Object.keys(results).length, hosts.length * 9);
    for (const [attempt, result] of Object.entries(results)) assert.notEqual(result, "readable", attempt);
    assert.deepEqual(log.of("call"), []);
    assert.deepEqual(log.of("audit"), []);
    const { namespaces } = await createClient(NamespaceService, test.transport()).listNamespaces({});
    assert.deepEqual(
      namespaces.map(({ name }) => name),
      ["default"],
    );
  });

  it("call and stream from an origin that is listed, with a token", async () => {
    await start([page.origin]);
    const { secret, token } = await newToken(Role.READER);
    page.open(console, { token: secret, url: test.daemon.url });
    assert.deepEqual(await page.next(), { status: 200, pid: process.pid });
    assert.deepEqual(await page.next(), { status: 401, code: "unauthenticated" });
    assert.deepEqual(await page.next(), {});
    await createClient(NamespaceService, test.transport()).createNamespace({ namespace: { name: "ci" } });
    assert.equal(Object(await page.next()).event.topic, "namespace.created");
    await createClient(TokenService, test.transport()).deleteToken({ id: token?.id ?? "" });
    assert.equal(Object(await page.next()).error.code, "unauthenticated");
    assert.equal(await page.next(), "ended");
  });
});

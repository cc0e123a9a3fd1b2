import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";
import { OperationError } from "@gantry/api";
import { toConnectError } from "@gantry/api/remote";
import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { emptyConfig } from "../config/config.ts";
import { loopbackWithTokens } from "../testing/tcp-client.ts";
import { TestDaemon } from "../testing/test-daemon.ts";
import { refuseCall } from "./call-refusal.ts";

const asIs = (bytes: Buffer) => bytes;

describe("a call that is refused, as the client of another library sees it", () => {
  let test: TestDaemon;
  let client: Client;

  before(async () => {
    test = await TestDaemon.start({
      config: { ...emptyConfig, listen: { allowedOrigins: [], tcp: loopbackWithTokens } },
    });
    client = new Client(new URL(test.daemon.url ?? "").host, credentials.createInsecure());
  });
  after(async () => {
    client.close();
    await test[Symbol.asyncDispose]();
  });

  const refused = (error: ServiceError | null) => {
    assert.equal(error?.code, 16);
    assert.match(error?.details ?? "", /needs a token/);
  };

  for (const size of [0, 1000, 3 << 20]) {
    it(`is unauthenticated, when it sends ${size} bytes`, async () => {
      const path = "/gantry.containers.v1.ContainerService/WriteStdin";
      refused(await new Promise((resolve) => client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(size), resolve)));
    });
  }

  it("is unauthenticated, when it streams", async () => {
    const answers = client.makeServerStreamRequest(
      "/gantry.events.v1.EventService/Subscribe",
      asIs,
      asIs,
      Buffer.alloc(0),
    );
    refused(
      (
        await once(
          answers.on("data", () => {}),
          "error",
        )
      )[0],
    );
    const session = client.makeBidiStreamRequest("/gantry.containers.v1.ContainerService/Session", asIs, asIs);
    session.on("data", () => {});
    refused((await once(session, "error"))[0]);
  });
});

describe("a call that is refused, over HTTP/1.1", () => {
  const error = () => {
    const failure = toConnectError(new OperationError("unauthenticated", { type: "request", id: "m" }, "who?"));
    failure.metadata.set("www-authenticate", "Bearer");
    return failure;
  };
  const server = createServer((request, response) => refuseCall(request, response, error()));
  let url: string;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });
  after(() => server.close());

  const post = (type: string) => fetch(url, { method: "POST", body: "x", headers: { "content-type": type } });

  it("has the form of its protocol", async () => {
    const unary = await post("application/json");
    assert.equal(unary.status, 401);
    assert.equal(unary.headers.get("www-authenticate"), "Bearer");
    assert.equal(Object(await unary.json()).code, "unauthenticated");
    const stream = await post("application/connect+json");
    assert.equal(stream.status, 200);
    const envelope = Buffer.from(await stream.arrayBuffer());
    assert.equal(envelope[0], 2);
    assert.equal(JSON.parse(envelope.subarray(5).toString()).error.code, "unauthenticated");
    const web = await post("application/grpc-web+proto");
    assert.equal(web.headers.get("grpc-status"), "16");
    assert.equal(decodeURIComponent(web.headers.get("grpc-message") ?? ""), 'request "m": who?');
  });
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:http2";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Code, ConnectError, createClient, createServiceImplSpec, type HandlerContext } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { LeaseService } from "@gantry/api/gantry/leases/v1";
import { localCaller } from "../access/caller.ts";
import { createUnaryHandlers, isPlainGrpc } from "./unary-grpc.ts";

/** A method by which each test says what happens. */
type Method = (context: HandlerContext) => Promise<object>;

describe("unary gRPC without the library's streams", () => {
  const socket = join(tmpdir(), `gantry-unary-${process.pid}.sock`);
  let method: Method = async () => ({});
  let answered = 0;
  const spec = createServiceImplSpec<typeof LeaseService>(LeaseService, {
    deleteLease: (_, context) => method(context),
  });
  const handlers = createUnaryHandlers([spec], []);
  const server = createServer((request, response) => {
    const handler = handlers.get(request.url);
    if (!isPlainGrpc(request) || handler === undefined) throw new Error(`${request.url} is not taken`);
    void handler(request, response, localCaller({})).finally(() => {
      answered += 1;
    });
  });
  const sessions = new Http2SessionManager("http://localhost", undefined, {
    createConnection: () => createConnection(socket),
  });
  const transport = createGrpcTransport({ baseUrl: "http://localhost", sessionManager: sessions });
  const client = createClient(LeaseService, transport);

  before(() => new Promise<void>((resolve) => server.listen(socket, resolve)));
  after(() => {
    sessions.abort();
    server.close();
  });

  it("answers with the headers and trailers that the method sets", async () => {
    method = async ({ responseHeader, responseTrailer, requestHeader }) => {
      responseHeader.set("x-seen", requestHeader.get("x-sent") ?? "");
      responseTrailer.set("x-last", "yes");
      return {};
    };
    const seen: (string | null)[] = [];
    await client.deleteLease(
      { id: "a" },
      {
        headers: { "x-sent": "value" },
        onHeader: (headers) => seen.push(headers.get("x-seen")),
        onTrailer: (trailers) => seen.push(trailers.get("x-last")),
      },
    );
    assert.deepEqual(seen, ["value", "yes"]);
  });

  it("passes on a ConnectError with its message as it is, and withholds what nobody foresaw", async () => {
    method = () => Promise.reject(new ConnectError('no "ä" at 100 %', Code.NotFound, { "x-why": "gone" }));
    await assert.rejects(client.deleteLease({ id: "a" }), (error) => {
      const { code, rawMessage, metadata } = ConnectError.from(error);
      assert.deepEqual([code, rawMessage, metadata.get("x-why")], [Code.NotFound, 'no "ä" at 100 %', "gone"]);
      return true;
    });
    method = () => Promise.reject(new Error("a secret"));
    await assert.rejects(client.deleteLease({ id: "a" }), { code: Code.Internal, rawMessage: "internal error" });
  });

  it("ends the method's signal at the caller's deadline", async () => {
    const ended = Promise.withResolvers<unknown>();
    method = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          ended.resolve(signal.reason);
          reject(signal.reason);
        });
      });
    await assert.rejects(client.deleteLease({ id: "a" }, { timeoutMs: 30 }), { code: Code.DeadlineExceeded });
    assert.ok([Code.DeadlineExceeded, Code.Canceled].includes(ConnectError.from(await ended.promise).code));
  });

  it("tells the method how much time the caller leaves it, if it says so", async () => {
    const left: (number | undefined)[] = [];
    method = async ({ timeoutMs }) => {
      left.push(timeoutMs());
      return {};
    };
    await client.deleteLease({ id: "a" }, { timeoutMs: 60_000 });
    await client.deleteLease({ id: "a" });
    assert.ok(left[0] !== undefined && left[0] > 0 && left[0] <= 60_000, `${left[0]}`);
    assert.equal(left[1], undefined);
  });

  it("ends the method's signal when the caller leaves", async () => {
    const caller = new AbortController();
    const left = Promise.withResolvers<unknown>();
    method = ({ signal }) => {
      caller.abort();
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          left.resolve(signal.reason);
          reject(signal.reason);
        });
      });
    };
    await assert.rejects(client.deleteLease({ id: "a" }, { signal: caller.signal }), { code: Code.Canceled });
    assert.equal(ConnectError.from(await left.promise).code, Code.Canceled);
  });

  it("refuses a deadline that cannot be read, and leaves no stream open", async () => {
    method = () => Promise.reject(new Error("is not called"));
    const session = connect("http://localhost", { createConnection: () => createConnection(socket) });
    const headers = { ":method": "POST", "content-type": "application/grpc", "grpc-timeout": "soon" };
    const call = session.request({ ...headers, ":path": `/${LeaseService.typeName}/DeleteLease` });
    const trailers = once(call, "trailers");
    // More than the window of a stream.
    call.end(Buffer.alloc(3 << 20));
    call.resume();
    assert.equal((await trailers)[0]["grpc-status"], `${Code.InvalidArgument}`);
    await once(call, "close");
    session.close();
    await once(session, "close");
  });

  it("does not end the signal of a call that has been answered", async () => {
    let signal: AbortSignal | undefined;
    method = async (context) => {
      signal = context.signal;
      return {};
    };
    const before = answered;
    await client.deleteLease({ id: "a" });
    assert.deepEqual([answered - before, signal?.aborted], [1, false]);
  });
});

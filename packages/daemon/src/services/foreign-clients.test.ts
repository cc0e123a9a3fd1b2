import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { type IncomingMessage, request } from "node:http";
import { json } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { ContainerService } from "@gantry/api/gantry/containers/v1";
import { SystemService } from "@gantry/api/gantry/system/v1";
import { ServerReflection, ServerReflectionV1Alpha } from "@gantry/api/grpc";
import * as grpc from "@grpc/grpc-js";
import { FakeRuntime } from "../testing/fake-runtime.ts";
import { containerRequest } from "../testing/requests.ts";
import { noPlugins, TestDaemon } from "../testing/test-daemon.ts";
import { services } from "./routes.ts";

const run = promisify(execFile);
/** Only the program that npm installs; no one here wrote it. */
const buf = fileURLToPath(import.meta.resolve("@bufbuild/buf/bin/buf"));

describe("clients that nobody here wrote", () => {
  let test: TestDaemon;

  before(async () => {
    test = await TestDaemon.start({ registrations: { ...noPlugins, runtimes: [new FakeRuntime().registration()] } });
    await createClient(ContainerService, test.transport()).createContainer(containerRequest("a"));
  });
  after(() => test[Symbol.asyncDispose]());

  const bufCurl = async (...args: string[]) => {
    const options = ["--unix-socket", test.socket, "--http2-prior-knowledge"];
    const { stdout } = await run(process.execPath, [buf, "curl", ...options, ...args]);
    return stdout;
  };

  for (const protocol of ["grpc", "grpcweb", "connect"]) {
    it(`buf curl calls methods over ${protocol}, knowing only what reflection tells`, async () => {
      const url = `http://localhost/${ContainerService.typeName}/GetContainer`;
      const answer = JSON.parse(await bufCurl("--protocol", protocol, "-d", '{"id": "a"}', url));
      assert.equal(answer.container.container.id, "a");
    });

    it(`buf curl reads a stream over ${protocol}`, async () => {
      const url = "http://localhost/gantry.events.v1.EventService/Subscribe";
      const answer = await bufCurl("--protocol", protocol, "-d", "{}", url);
      assert.match(answer, /"container\.created"/);
    });
  }

  for (const version of ["grpc-v1", "grpc-v1alpha"]) {
    it(`buf curl lists all methods by ${version} reflection`, async () => {
      const methods = await bufCurl("--reflect-protocol", version, "--list-methods", "http://localhost");
      const served = services.flatMap(({ typeName, methods: all }) => all.map(({ name }) => `${typeName}/${name}`));
      assert.deepEqual(methods.trim().split("\n").sort(), served.sort());
    });
  }

  it("grpc-js calls a method, and reads code, message and details of an error", async () => {
    const client = new grpc.Client(`unix:${test.socket}`, grpc.credentials.createInsecure());
    try {
      const version = await callUnary(client, SystemService.method.getVersion, {});
      assert.equal(version.pid, process.pid);
      const failing = callUnary(client, ContainerService.method.getContainer, { id: "none" });
      await assert.rejects(failing, (error: Partial<grpc.ServiceError>) => {
        assert.equal(error.code, grpc.status.NOT_FOUND);
        assert.match(error.details ?? "", /container "none": there is no such container/);
        return error.metadata?.get("grpc-status-details-bin").length === 1;
      });
    } finally {
      client.close();
    }
  });

  it("a plain HTTP/1.1 client posts JSON and gets JSON", async () => {
    const answer = await postJson(test.socket, `${ContainerService.typeName}/GetContainer`, { id: "a" });
    assert.equal(answer.container.container.id, "a");
    const failure = await postJson(test.socket, `${ContainerService.typeName}/GetContainer`, { id: "none" });
    assert.equal(failure.code, "not_found");
  });

  for (const { typeName } of [ServerReflection, ServerReflectionV1Alpha]) {
    describe(typeName, () => {
      const ask = (messageRequest: Question) => askOne(test, typeName, messageRequest);

      it("sends a file with all that it imports", async () => {
        const answer = await ask({
          case: "fileContainingSymbol",
          value: "gantry.containers.v1.ContainerService.Attach",
        });
        assert.ok(answer?.case === "fileDescriptorResponse");
        const files = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
        assert.equal(files[0]?.name, "gantry/containers/v1/containers.proto");
        const names = new Set(files.map(({ name }) => name));
        for (const { dependency } of files) for (const name of dependency) assert.ok(names.has(name), name);
        // The rules of validation are options, and options are part of what is told.
        assert.ok(files.some(({ name }) => name === "buf/validate/validate.proto"));
      });

      it("finds fields, values of enums and extensions", async () => {
        for (const symbol of ["gantry.types.v1.Exit.status", "gantry.types.v1.PROCESS_STATUS_RUNNING"]) {
          assert.equal((await ask({ case: "fileContainingSymbol", value: symbol }))?.case, "fileDescriptorResponse");
        }
        const containingType = "google.protobuf.FieldOptions";
        const numbers = await ask({ case: "allExtensionNumbersOfType", value: containingType });
        assert.ok(numbers?.case === "allExtensionNumbersResponse");
        assert.deepEqual(numbers.value.extensionNumber, [1159]);
        const value = {
          $typeName: "grpc.reflection.v1.ExtensionRequest",
          containingType,
          extensionNumber: 1159,
        } as const;
        assert.equal((await ask({ case: "fileContainingExtension", value }))?.case, "fileDescriptorResponse");
      });

      it("answers what it does not know with not found", async () => {
        for (const asked of ["fileByFilename", "fileContainingSymbol", "allExtensionNumbersOfType"] as const) {
          const answer = await ask({ case: asked, value: "no.such.Thing" });
          assert.ok(answer?.case === "errorResponse");
          assert.equal(answer.value.errorCode, grpc.status.NOT_FOUND);
        }
      });
    });
  }
});

type Question =
  | { case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType"; value: string }
  | {
      case: "fileContainingExtension";
      value: { $typeName: "grpc.reflection.v1.ExtensionRequest"; containingType: string; extensionNumber: number };
    };

/** Both versions have the same messages, so one client asks either by its name. */
async function askOne(test: TestDaemon, typeName: string, messageRequest: Question) {
  const service = { ...ServerReflection, typeName };
  const client = createClient(service, test.transport());
  for await (const answer of client.serverReflectionInfo(once({ host: "h", messageRequest }))) {
    return answer.messageResponse;
  }
  return undefined;
}

async function* once<T>(value: T): AsyncGenerator<T, void, void> {
  yield value;
}

/** Calls a method with a generic client, from its descriptor alone. */
function callUnary<I extends DescMessage, O extends DescMessage>(
  client: grpc.Client,
  method: DescMethodUnary<I, O>,
  message: MessageInitShape<I>,
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (value: MessageInitShape<I>) => Buffer.from(toBinary(method.input, create(method.input, value))),
      (bytes: Buffer) => fromBinary(method.output, bytes),
      message,
      (error: grpc.ServiceError | null, answer?: MessageShape<O>) =>
        error === null && answer !== undefined ? resolve(answer) : reject(error),
    );
  });
}

/** What curl does. */
async function postJson(socketPath: string, method: string, body: object) {
  const response = Promise.withResolvers<IncomingMessage>();
  const headers = { "content-type": "application/json" };
  const call = request({ socketPath, path: `/${method}`, method: "POST", headers }, response.resolve);
  call.once("error", response.reject);
  call.end(JSON.stringify(body));
  const answer: unknown = await json(await response.promise);
  return answer as { readonly code?: string; readonly container: { readonly container: { readonly id: string } } };
}

import type { DescFile, DescService } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { statusCodeOf } from "@gantry/api/wire";
import { FileIndex } from "./file-index.ts";

/** A request, as both versions of the protocol have it. */
export interface ReflectionRequest {
  readonly host: string;
  readonly messageRequest:
    | {
        readonly case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices";
        readonly value: string;
      }
    | {
        readonly case: "fileContainingExtension";
        readonly value: { readonly containingType: string; readonly extensionNumber: number };
      }
    | { readonly case: undefined };
}

type Answer =
  | { case: "fileDescriptorResponse"; value: { fileDescriptorProto: Uint8Array[] } }
  | { case: "allExtensionNumbersResponse"; value: { baseTypeName: string; extensionNumber: number[] } }
  | { case: "listServicesResponse"; value: { service: { name: string }[] } }
  | { case: "errorResponse"; value: { errorCode: number; errorMessage: string } };

/** The answer to a request, likewise. */
export interface ReflectionResponse<R> {
  validHost: string;
  originalRequest: R;
  messageResponse: Answer;
}

/**
 * Tells clients without generated code what the daemon serves (grpc.reflection.v1 and v1alpha, which are the same).
 * Answers are made from the descriptors that the services themselves are made of, so they cannot disagree.
 */
export class Reflection {
  readonly #services: readonly DescService[];
  readonly #index: FileIndex;

  /** @param furtherFiles - of types that no service's file imports, but that a client may put into an Any */
  constructor(services: readonly DescService[], furtherFiles: readonly DescFile[] = []) {
    this.#services = services;
    this.#index = new FileIndex([...services.map(({ file }) => file), ...furtherFiles]);
  }

  /** Answers each request of a stream, in its order. */
  async *answer<R extends ReflectionRequest>(
    requests: AsyncIterable<R>,
  ): AsyncGenerator<ReflectionResponse<R>, void, void> {
    // Besides the file that is asked for, a file is sent once in a stream; clients keep those they have.
    const sent = new Set<DescFile>();
    for await (const originalRequest of requests) {
      const messageResponse = this.#answerTo(originalRequest.messageRequest, sent);
      yield { validHost: originalRequest.host, originalRequest, messageResponse };
    }
  }

  #answerTo(request: ReflectionRequest["messageRequest"], sent: Set<DescFile>): Answer {
    switch (request.case) {
      case "listServices": {
        const service = this.#services.map(({ typeName }) => ({ name: typeName }));
        return { case: "listServicesResponse", value: { service } };
      }
      case "fileByFilename":
        return filesAnswer(this.#index.byName(request.value), request.value, sent);
      case "fileContainingSymbol":
        return filesAnswer(this.#index.bySymbol(request.value), request.value, sent);
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = request.value;
        const file = this.#index.byExtension(containingType, extensionNumber);
        return filesAnswer(file, `${containingType}:${extensionNumber}`, sent);
      }
      case "allExtensionNumbersOfType":
        return this.#extensionNumbers(request.value);
      default:
        return errorAnswer(statusCodeOf["invalid-argument"], "the request asks for nothing");
    }
  }

  #extensionNumbers(baseTypeName: string): Answer {
    if (this.#index.bySymbol(baseTypeName) === undefined) return notFound(baseTypeName);
    const extensionNumber = [...this.#index.extensionNumbers(baseTypeName)];
    return { case: "allExtensionNumbersResponse", value: { baseTypeName, extensionNumber } };
  }
}

function filesAnswer(file: DescFile | undefined, asked: string, sent: Set<DescFile>): Answer {
  if (file === undefined) return notFound(asked);
  const files = [...withDependencies(file)].filter((one) => one === file || !sent.has(one));
  for (const one of files) sent.add(one);
  const fileDescriptorProto = files.map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
}

function* withDependencies(file: DescFile, seen = new Set<DescFile>()): Generator<DescFile, void, void> {
  if (seen.has(file)) return;
  seen.add(file);
  yield file;
  for (const dependency of file.dependencies) yield* withDependencies(dependency, seen);
}

function notFound(asked: string): Answer {
  return errorAnswer(statusCodeOf["not-found"], `not found: ${asked}`);
}

function errorAnswer(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}

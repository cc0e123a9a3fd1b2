import type { DescMessage, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import type { Interceptor } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import { carriesRules } from "./validation-rules.ts";

/** Throws `invalid-argument` naming field and rule if a message breaks the rules of its type. */
type Check = (schema: DescMessage, message: Message) => void;

/**
 * Holds every request, and every message of a request stream, against the rules in the proto files.
 *
 * The validator is loaded with the first message that has rules: it is the largest of all that is loaded, and a daemon
 * that is only asked how it fares does without. Rules are compiled per type of message, with its first use.
 */
export function createValidationInterceptor(load: () => Promise<Check> = loadValidator): Interceptor {
  let loaded: Promise<Check> | undefined;
  return (next) => async (request) => {
    const { input } = request.method;
    if (!carriesRules(input)) return next(request);
    loaded ??= load();
    const check = await loaded;
    if (!request.stream) {
      check(input, request.message);
      return next(request);
    }
    return next({ ...request, message: checked(request.message, (message) => check(input, message)) });
  };
}

async function* checked<T>(messages: AsyncIterable<T>, check: (message: T) => void): AsyncGenerator<T, void, void> {
  for await (const message of messages) {
    check(message);
    yield message;
  }
}

async function loadValidator(): Promise<Check> {
  const { createValidator } = await import("@bufbuild/protovalidate");
  // The first broken rule is enough for an answer, and bounds what a hostile message costs.
  const validator = createValidator({ failFast: true });
  return (schema, message) => {
    const result = validator.validate(schema, message);
    if (result.kind === "valid") return;
    if (result.kind === "error") throw result.error;
    const [violation] = result.violations;
    const field = violation === undefined ? "" : pathToString(violation.field);
    throw new OperationError(
      "invalid-argument",
      { type: "request", id: field || schema.name },
      `${violation?.message}`,
    );
  };
}

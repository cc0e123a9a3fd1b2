import type { MessageInitShape } from "@bufbuild/protobuf";
import { checkIdentifier, OperationError, type OutputFrame, type Process } from "@gantry/api";
import type {
  AttachRequest,
  AttachResponseSchema,
  SessionRequest,
  SessionResponseSchema,
} from "@gantry/api/gantry/containers/v1";
import { exitToMessage, outputFrameToMessage } from "@gantry/api/wire";
import type { ContainerRef } from "../core/containers/container-ref.ts";
import type { Containers } from "../core/containers/containers.ts";

/** One call of Attach. */
export interface AttachCall {
  readonly ref: ContainerRef;
  readonly request: AttachRequest;
  readonly signal: AbortSignal;
}

/** One call of Session. */
export interface SessionCall {
  readonly namespace: string;
  readonly requests: AsyncIterable<SessionRequest>;
  readonly signal: AbortSignal;
}

/** Sends what a process wrote; first the word that the reader is in place. */
export async function* attach(
  containers: Containers,
  { ref, request, signal }: AttachCall,
): AsyncGenerator<MessageInitShape<typeof AttachResponseSchema>, void, void> {
  const { execId, fromOffset, follow } = request;
  const frames = containers.output(ref, execId, { fromOffset, follow, signal });
  try {
    // The iteration begins before its beginning is told.
    let next = begin(frames);
    yield {};
    for (let step = await next; step.done !== true; step = await next) {
      next = begin(frames);
      yield { frame: outputFrameToMessage(step.value) };
    }
  } finally {
    await frames.return();
  }
}

/** Asks for the next frame. If it fails before anybody waits for it, that is no unhandled failure. */
function begin(frames: AsyncGenerator<OutputFrame, void, void>): Promise<IteratorResult<OutputFrame, void>> {
  const next = frames.next();
  next.catch(() => undefined);
  return next;
}

/** Carries input, size and output of one process in one stream, and ends with its exit. */
export async function* runSession(
  containers: Containers,
  { namespace, requests, signal }: SessionCall,
): AsyncGenerator<MessageInitShape<typeof SessionResponseSchema>, void, void> {
  const iterator = requests[Symbol.asyncIterator]();
  const request = await firstRequest(iterator);
  const ref = { namespace, id: checkIdentifier("container", request.id) };
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const exit = containers.wait(ref, request.execId, { signal: both });
  // Input that cannot be delivered ends the session with its reason.
  const input = deliverInput(() => containers.execs.find(ref, request.execId), iterator).catch((error: unknown) =>
    ending.abort(error),
  );
  exit.catch(() => undefined);
  try {
    for await (const frame of containers.output(ref, request.execId, { ...outputOptions(request), signal: both })) {
      yield { response: { case: "frame", value: outputFrameToMessage(frame) } };
    }
    yield { response: { case: "exit", value: exitToMessage(await exit) } };
  } finally {
    ending.abort();
    void iterator.return?.();
    void input;
  }
}

function outputOptions({ fromOffset, follow }: AttachRequest) {
  return { fromOffset, follow };
}

async function firstRequest(requests: AsyncIterator<SessionRequest>): Promise<AttachRequest> {
  const first = await requests.next();
  if (first.done !== true && first.value.request.case === "attach") return first.value.request.value;
  throw sessionError("the first request must attach");
}

async function deliverInput(find: () => Process, requests: AsyncIterator<SessionRequest>): Promise<void> {
  for (let step = await requests.next(); step.done !== true; step = await requests.next()) {
    const { request } = step.value;
    const process = find();
    if (request.case === "stdin") await process.writeStdin(request.value);
    else if (request.case === "closeStdin") await process.closeStdin();
    else if (request.case === "resize") await process.resize(request.value);
    else throw sessionError("only the first request may attach");
  }
}

function sessionError(detail: string): OperationError {
  return new OperationError("invalid-argument", { type: "request", id: "SessionRequest.request" }, detail);
}

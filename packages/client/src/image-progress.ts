import type { CallOptions } from "@gantry/api";
import type { Progress as ProgressMessage } from "@gantry/api/gantry/images/v1";
import { type RpcOptions, ServerStream } from "./server-stream.ts";
import { required } from "./values.ts";

/** How far the work on one blob is. */
export interface Progress {
  /** `upload` is the way of an archive to the daemon, whose `digest` is not known yet. */
  readonly stage: "upload" | "import" | "unpack";
  readonly digest: string;
  readonly doneBytes: bigint;
  /** 0n where not known. */
  readonly totalBytes: bigint;
}

/** An answer that is progress, or the result, which is the last one. */
interface Answer {
  readonly response:
    | { readonly case: "progress"; readonly value: ProgressMessage }
    | { readonly case: string | undefined };
}

/** Reads answers to the end, tells about progress, and returns the last one. */
export async function lastAnswer<A extends Answer>(
  options: CallOptions,
  open: (options: RpcOptions) => AsyncIterable<A>,
  { onProgress }: { readonly onProgress?: ((progress: Progress) => void) | undefined },
): Promise<A> {
  let last: A | undefined;
  for await (const answer of new ServerStream<A>(options, open, (any) => any)) {
    last = answer;
    if (answer.response.case === "progress" && "value" in answer.response) {
      onProgress?.(progressFrom(answer.response.value));
    }
  }
  return required(last, "response");
}

function progressFrom({ stage, digest, doneBytes, totalBytes }: ProgressMessage): Progress {
  return { stage: stage === "unpack" ? "unpack" : "import", digest, doneBytes, totalBytes };
}

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ImageProgress } from "@gantry/api/content";
import type { ProgressSchema } from "@gantry/api/gantry/images/v1";
import { Bell } from "../core/bell.ts";

/** A piece of work that tells how far it is. */
export type ReportingWork<T> = (onProgress: (progress: ImageProgress) => void) => Promise<T>;

/** How far the work is, or what came of it. */
export type Report<T> = { readonly progress: ImageProgress } | { readonly result: T };

/**
 * Runs `work` and yields how far it is, and its result last. Of what a slow reader has not taken yet only the latest word
 * on each blob is kept, so that the work never waits and nothing piles up.
 */
export async function* reportWork<T>(work: ReportingWork<T>): AsyncGenerator<Report<T>, void, void> {
  const latest = new Map<string, ImageProgress>();
  const bell = new Bell();
  // The work itself heeds the caller's signal; here is only waited for it.
  using waiter = bell.listen(new AbortController().signal);
  let ended = false;
  const result = work((progress) => {
    latest.set(`${progress.stage} ${progress.digest}`, progress);
    bell.ring();
  }).finally(() => {
    ended = true;
    bell.ring();
  });
  // Awaited below; until then its failure is not unhandled.
  result.catch(() => undefined);
  while (!ended) {
    await waiter.next();
    const taken = [...latest.values()];
    latest.clear();
    for (const progress of taken) yield { progress };
  }
  yield { result: await result };
}

/** Writes progress into an answer. */
export function progressToMessage(progress: ImageProgress): MessageInitShape<typeof ProgressSchema> {
  return { ...progress };
}

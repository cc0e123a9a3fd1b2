import type { Output } from "./output.ts";
import { formatSize } from "./quantities.ts";

/** How far something is, for a person who waits. */
interface Progress {
  readonly stage: string;
  readonly doneBytes: bigint;
  readonly totalBytes: bigint;
}

/** A line on the terminal that is written anew with each step, and wiped when disposed of. Nothing where there is no terminal. */
export function showProgress(output: Output): Disposable & { readonly update: (progress: Progress) => void } {
  if (!output.showsProgress) {
    return { update: () => undefined, [Symbol.dispose]: () => undefined };
  }
  let shownAt = 0;
  return {
    update({ doneBytes, stage, totalBytes }) {
      const now = Date.now();
      if (now - shownAt >= 100) {
        shownAt = now;
        const total = totalBytes > 0n ? ` of ${formatSize(totalBytes)}` : "";
        process.stderr.write(`\r\x1b[K${stage} ${formatSize(doneBytes)}${total}`);
      }
    },
    [Symbol.dispose]() {
      if (shownAt > 0) {
        process.stderr.write("\r\x1b[K");
        shownAt = 0;
      }
    },
  };
}

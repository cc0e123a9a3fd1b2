import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import type { ProcessFiles } from "../process-files.ts";

/** Writes logs as conmon does: by path, since it opens links where they point to at that moment. */
export class ConmonLog {
  readonly #files: ProcessFiles;

  constructor(files: ProcessFiles) {
    this.#files = files;
  }

  /** Writes one line, which is in the log as {@link logLine}. */
  write(text: string): void {
    appendFileSync(this.#files.log, logLine(text));
  }

  /** Begins the log anew as `reopen_k8s_file` in its ctr_logging.c. */
  rotate(): void {
    writeFileSync(this.#files.nextLog, "");
    renameSync(this.#files.nextLog, this.#files.log);
  }
}

/** A line as it is in the log. */
export function logLine(text: string): string {
  return `2026-11-24T06:39:43.173759744+00:00 stdout F ${text}\n`;
}

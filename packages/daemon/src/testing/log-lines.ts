import { Writable } from "node:stream";
import { type Logger, pino } from "pino";
import type { LogLevel } from "../log.ts";

/** A line of a log, read back. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A log that keeps its lines. */
export class LogLines {
  readonly lines: LogLine[] = [];
  readonly log: Logger;

  constructor(level: LogLevel = "info") {
    const write = (line: Buffer, _: string, done: () => void) => {
      this.lines.push(JSON.parse(String(line)));
      done();
    };
    this.log = pino({ level }, new Writable({ write }));
  }

  /** The lines with this message. */
  of(message: string): readonly LogLine[] {
    return this.lines.filter(({ msg }) => msg === message);
  }
}

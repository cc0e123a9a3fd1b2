import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Container, OutputFrame } from "@gantry/api";

const filler = "7".padStart(100, "0");
const writeRoundScript = 'yes "round $i $(printf %0100d 7)" | head -c "$1"; echo; echo "end $i"; i=$((i+1))';

/** Arguments of a program that writes a round of `bytes` for each line of input. */
export function pacedProgram(bytes: number): readonly string[] {
  return ["/bin/sh", "-c", `i=0; while read -r word; do ${writeRoundScript}; done`, "sh", String(bytes)];
}

/** Arguments of a program that waits for a line of input, and then writes `count` rounds of `bytes` each. */
export function unpacedProgram(bytes: number, count: number): readonly string[] {
  const script = `i=0; read -r word; while [ $i -lt ${count} ]; do ${writeRoundScript}; done`;
  return ["/bin/sh", "-c", script, "sh", String(bytes)];
}

/** What the programs write in their first `count` rounds. */
export function roundsText(bytes: number, count: number): string {
  return Array.from({ length: count }, (_, round) => {
    const line = `round ${round} ${filler}\n`;
    return `${line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes)}\nend ${round}\n`;
  }).join("");
}

/** Has the program go on. */
export function giveTurn(container: Container): Promise<void> {
  return container.init.writeStdin(new TextEncoder().encode("go\n"));
}

/** Lets the program of {@link pacedProgram} write rounds, each after a reader has seen the one before. */
export async function writeRounds(container: Container, from: number, to: number, fromOffset = 0n): Promise<bigint> {
  const reading = new Reading(container, fromOffset);
  for (let round = from; round < to; round += 1) {
    await giveTurn(container);
    await reading.until(`end ${round}\n`);
  }
  await reading.stop();
  return reading.nextOffset;
}

/** A reader that follows, and remembers what it saw. */
export class Reading {
  nextOffset: bigint;
  readonly #seen: OutputFrame[] = [];
  readonly #frames: AsyncIterator<OutputFrame>;

  constructor(container: Container, fromOffset = 0n) {
    this.nextOffset = fromOffset;
    this.#frames = container.init.output({ follow: true, fromOffset })[Symbol.asyncIterator]();
  }

  /** Reads until `wanted`, a short text, was seen: what is not paced may have gone on behind it in the same frame. */
  async until(wanted: string): Promise<void> {
    while (!textOf(this.#seen.slice(-2)).includes(wanted))
      assert.ok(await this.#step(), `the output ended before ${JSON.stringify(wanted)}`);
  }

  get text(): string {
    return textOf(this.#seen);
  }

  /** Reads to the end. */
  async rest(): Promise<string> {
    while (await this.#step());
    return this.text;
  }

  async stop(): Promise<void> {
    await this.#frames.return?.();
  }

  async #step(): Promise<boolean> {
    const step = await this.#frames.next();
    if (step.done === true) return false;
    assert.ok(step.value.nextOffset > this.nextOffset);
    this.nextOffset = step.value.nextOffset;
    this.#seen.push(step.value);
    return true;
  }
}

export function textOf(frames: readonly OutputFrame[]): string {
  return Buffer.concat(frames.map(({ data }) => data)).toString();
}

/** Fails with a short message where two long texts differ. */
export function assertSameText(actual: string, expected: string): void {
  const digest = (text: string) => `${text.length} bytes ${createHash("sha256").update(text).digest("hex")}`;
  assert.equal(digest(actual), digest(expected));
}

/** Fails unless the whole lines that are numbers are consecutive. */
export function assertConsecutive(text: string): void {
  // The first line may have lost its begin.
  const numbers = [...text.matchAll(/\n(?=(\d+)\n)/g)].map(([, number]) => Number(number));
  const at = numbers.findIndex((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);
  assert.equal(at, -1, `${numbers[at - 1]} is followed by ${numbers[at]}`);
}

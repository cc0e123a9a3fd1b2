import type { DaemonEvent } from "@gantry/client";
import type { Command } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { parseSequence } from "../input/parse.ts";
import { printable } from "../output/table.ts";

interface Flags {
  readonly follow?: true;
  readonly since?: bigint;
  readonly filter?: readonly string[];
  readonly allNamespaces?: true;
  readonly json?: true;
}

/** `gantry events` */
export const events: CommandModule = { configure, run: showEvents };

function configure(command: Command): void {
  command
    .option(
      "--since <sequence>",
      "begin behind the event of this number (default: all that are kept; with -f: now)",
      parseSequence,
    )
    .option("-f, --follow", "go on with what happens")
    .option(
      "--filter <expression>",
      "such as topic==container.exited; several mean or",
      (text, before: string[] = []) => [...before, text],
    )
    .option("--all-namespaces", "of all namespaces")
    .option("--json", "as JSON, one object a line");
}

async function showEvents(
  { client, output }: CommandContext,
  _operands: readonly [],
  flags: Flags,
): Promise<undefined> {
  const { allNamespaces = false, filter = [], follow = false, json } = flags;
  const after = flags.since ?? (follow ? undefined : 0n);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const options = {
    allNamespaces,
    follow,
    filters: filter,
    signal: stop.signal,
    ...(after !== undefined && { after }),
  };
  try {
    for await (const event of client.events.subscribe(options)) {
      await (json ? output.jsonLine(event) : output.line(lineOf(event, allNamespaces)));
      if (output.isDeaf) {
        return;
      }
    }
  } catch (error) {
    // An interrupt is how following ends.
    if (!stop.signal.aborted) {
      throw error;
    }
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

function lineOf(
  { attributes, execId, exit, namespace, occurredAt, sequence, subject, topic }: DaemonEvent,
  withNamespace: boolean,
): string {
  const facts = [
    ...(execId === null ? [] : [`exec=${execId}`]),
    ...(exit === null ? [] : [`status=${exit.status}`]),
    ...[...attributes].map(([name, value]) => `${name}=${value}`),
  ];
  const words = [sequence, occurredAt.toISOString(), ...(withNamespace ? [namespace] : []), topic, subject, ...facts];
  return printable(words.join(" "));
}

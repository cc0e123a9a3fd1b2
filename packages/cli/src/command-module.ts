import type { Client } from "@gantry/client";
import type { Command } from "commander";
import type { Output } from "./output/output.ts";

/** What a command works with. */
export interface CommandContext {
  readonly client: Client;
  readonly output: Output;
}

/**
 * One command: how it is called, and what it does.
 *
 * Operands and options come as `configure` has the parser make them; `run` states their types, which nothing checks.
 */
export interface CommandModule {
  /** Adds arguments, options and help. */
  configure(command: Command): void;

  /**
   * Does it. What it throws is shown to the user as one line.
   *
   * @param operands - in the order of `configure`; a list where one may be repeated
   * @param options - by name, the command's own only
   * @returns the exit code of the program; nothing means 0
   */
  run(context: CommandContext, operands: readonly unknown[], options: object): Promise<number | undefined>;

  /** Exit code for an error; default: 1. */
  exitCodeOf?(error: unknown): number;
}

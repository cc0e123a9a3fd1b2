import { type Command, Option } from "commander";
import type { CommandContext, CommandModule } from "../command-module.ts";
import { parseLifetime } from "../input/lifetime.ts";

interface Flags {
  readonly role: "reader" | "operator" | "admin";
  readonly namespace?: readonly string[];
  readonly allNamespaces?: true;
  readonly ttl?: number;
  readonly name?: string;
  readonly json?: true;
}

/** `gantry token create` */
export const tokenCreate: CommandModule = { configure, run: createToken };

function configure(command: Command): void {
  command
    .addOption(
      new Option("--role <role>", "what it allows").choices(["reader", "operator", "admin"]).makeOptionMandatory(),
    )
    .option("--namespace <name...>", "where it allows that")
    .addOption(new Option("--all-namespaces", "everywhere, and on the daemon itself").conflicts("namespace"))
    .option("--ttl <duration>", "how long, as 90s, 15m, 24h or 7d (default: until it is removed)", parseLifetime)
    .option("--name <text>", "what to call it in lists and in the audit log")
    .option("--json", "as JSON, with all that is known of it");
}

async function createToken(
  { client, output }: CommandContext,
  _operands: readonly [],
  { role, namespace = [], allNamespaces, ttl, name, json }: Flags,
): Promise<undefined> {
  const { token, secret } = await client.tokens.create({
    role,
    namespaces: allNamespaces ? "all" : namespace,
    ...(ttl !== undefined && { lifetimeSeconds: ttl }),
    ...(name !== undefined && { name }),
  });
  // The secret alone, so that a script can take it; it cannot be had again.
  await (json ? output.json({ ...token, secret }) : output.line(secret));
}

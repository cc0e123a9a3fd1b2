import { readdirSync, readFileSync } from "node:fs";
import { inRoot } from "../bootstrap/root.mjs";
import { workspacePackages } from "../workspace.mjs";
import { combine } from "./command.mjs";

const bumps = ["patch", "minor", "major"];

/**
 * Every changeset is front matter of `"@gantry/<package>": patch|minor|major` lines and a text for users. The tool
 * itself only looks when a release is made, which is too late to ask the author.
 */
export function checkChangesets() {
  const known = new Set(workspacePackages().map(({ name }) => name));
  const files = readdirSync(inRoot(".changeset")).filter((name) => name.endsWith(".md") && name !== "README.md");
  const results = files.map((file) => {
    const problem = problemOf(readFileSync(inRoot(".changeset", file), "utf8"), known);
    return { ok: problem === undefined, output: `.changeset/${file}: ${problem}` };
  });
  return combine(results);
}

/** What is wrong with the text of a changeset, or undefined. */
export function problemOf(text, known) {
  const parts = /^---\n(?<front>[\s\S]*?)---\n(?<body>[\s\S]*)$/.exec(text)?.groups;
  if (parts === undefined) return "expected front matter between two lines of ---";
  for (const line of parts.front.split("\n").filter((one) => one.trim() !== "")) {
    const { name, bump } = /^["']?(?<name>[^"':]+)["']?:\s*(?<bump>\w+)$/.exec(line)?.groups ?? {};
    if (!known.has(name)) return `${JSON.stringify(line)} names no package of the workspace`;
    if (!bumps.includes(bump)) return `${JSON.stringify(line)} must bump by one of ${bumps.join(", ")}`;
  }
  return parts.body.trim() === "" ? "expected a text that tells users what changed" : undefined;
}

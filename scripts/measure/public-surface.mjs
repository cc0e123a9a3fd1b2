/** What each package lets others import, as text that shows in a review when it changes. */
import { existsSync } from "node:fs";
import path from "node:path";
import { workspacePackages } from "../workspace.mjs";
import { listExports } from "./exports.mjs";

/** A line a name, under its subpath, under its package. */
export function describePublicSurface() {
  const lines = workspacePackages().flatMap(({ name, directory, manifest }) => [
    name,
    ...describeSubpaths(directory, manifest),
  ]);
  return `${lines.join("\n")}\n`;
}

function describeSubpaths(directory, { exports }) {
  return Object.entries(exports).flatMap(([subpath, conditions]) => {
    const source = conditions["gantry-source"];
    if (source === undefined || !existsSync(path.join(directory, source))) return [];
    return [`  ${subpath}`, ...listExports(path.join(directory, source)).map((name) => `    ${name}`)];
  });
}

/** The lines that `after` has and `before` has not, and the other way round, as "+ line" and "- line". */
export function compareSurfaces(before, after) {
  const [old, fresh] = [before, after].map((text) => qualify(text.split("\n")));
  return [
    ...[...fresh].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
    ...[...old].filter((line) => !fresh.has(line)).map((line) => `- ${line}`),
  ];
}

/** A name means nothing without the package and the subpath above it. */
function qualify(lines) {
  const above = [];
  return new Set(
    lines
      .filter((line) => line !== "")
      .map((line) => {
        const depth = line.search(/\S/) / 2;
        above.splice(depth, Number.POSITIVE_INFINITY, line.trim());
        return above.join(" ");
      }),
  );
}

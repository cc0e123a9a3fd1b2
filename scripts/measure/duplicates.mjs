/** A run of this many equal lines is a copy; shorter ones are how the language looks. */
const runLength = 6;

/**
 * How many runs of six or more lines stand a second time in the files given. Blank lines, comments, imports and
 * indentation do not count; a longer run is one.
 */
export function countDuplicates(sources) {
  const seen = new Set();
  let duplicates = 0;
  for (const source of sources) {
    const lines = meaningfulLines(source);
    const own = [];
    let inCopy = false;
    for (let at = 0; at + runLength <= lines.length; at += 1) {
      const run = lines.slice(at, at + runLength).join("\n");
      const isCopy = seen.has(run);
      if (isCopy && !inCopy) duplicates += 1;
      inCopy = isCopy;
      own.push(run);
    }
    for (const run of own) seen.add(run);
  }
  return duplicates;
}

function meaningfulLines({ text, comments, program }) {
  let bare = text;
  const imports = program.body.filter(({ type }) => type === "ImportDeclaration");
  for (const { start, end } of [...comments, ...imports]) {
    bare = bare.slice(0, start) + bare.slice(start, end).replaceAll(/[^\n]/g, " ") + bare.slice(end);
  }
  return bare
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

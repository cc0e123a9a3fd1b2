/** How far each figure may go without anybody's consent. `most`: worse when above; `least`: worse when below. */
const bars = Object.freeze({
  fileLinesMedian: { most: 120 },
  fileLinesP90: { most: 300 },
  fileLinesMax: { most: 500 },
  functionLinesMedian: { most: 10 },
  functionLinesP90: { most: 35 },
  functionsOver50Percent: { most: 3 },
  functionsOver80: { most: 0 },
  over3Parameters: { most: 0 },
  any: { most: 0 },
  nonNull: { most: 0 },
  defaultExports: { most: 0 },
  bareErrors: { most: 0 },
  importCycles: { most: 0 },
  asPerKsloc: { most: 3 },
  suppressionsPerKsloc: { most: 1 },
  duplicatesPerKsloc: { most: 2 },
  // The contract package speaks for all others, so more is allowed there.
  exports: { most: 20, mostIn: { "@gantry/api": 45 } },
  undocumentedMembers: { most: 0 },
  promisesWithoutRejects: { most: 0 },
  testsPerSource: { least: 1.3 },
  filesWithTestPercent: { least: 80 },
});

/**
 * What is beyond its bar and worse than accepted, as texts for a person. A package that was never accepted is held to
 * the bars alone; a figure that is null does not apply to the package.
 */
export function findWorse(line, accepted) {
  return Object.entries(bars).flatMap(([name, bar]) => {
    const value = line[name];
    if (value === undefined || value === null) return [];
    const limit = limitOf(bar, line.package, accepted?.[name]);
    const isWorse = bar.least === undefined ? value > limit : value < limit;
    if (!isWorse) return [];
    return [
      `${line.package}: ${name} is ${value}, expected ${bar.least === undefined ? "at most" : "at least"} ${limit}`,
    ];
  });
}

function limitOf(bar, packageName, accepted) {
  if (bar.least !== undefined) return Math.min(bar.least, accepted ?? bar.least);
  const most = bar.mostIn?.[packageName] ?? bar.most;
  return Math.max(most, accepted ?? most);
}

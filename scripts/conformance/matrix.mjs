/**
 * Records of conformance runs as tables. A suite is registered as `describe("<contract>: <implementation>")`, with one
 * `it` a case; so the first title names the table and the column, the rest the row.
 */

/**
 * Returns `{ matrices, strays }`. A matrix is `{ contract, implementations, cases }`, where `cases` maps the title of a
 * case to a map from implementation to `{ result, reason }`; `result` is "pass", "FAIL", "unimplemented", "known failure"
 * or "skipped". Strays are failures that belong to no suite, such as a file that crashed.
 */
export function buildMatrices(records) {
  const matrices = new Map();
  const strays = [];
  for (const record of records) {
    const place = placeOf(record);
    if (place === undefined) {
      if (record.outcome === "failed") strays.push(record);
      continue;
    }
    const { contract, implementation, title } = place;
    const matrix = matrices.get(contract) ?? { contract, implementations: new Set(), cases: new Map() };
    matrices.set(contract, matrix);
    matrix.implementations.add(implementation);
    const row = matrix.cases.get(title) ?? new Map();
    matrix.cases.set(title, row);
    row.set(implementation, cellOf(record));
  }
  return { matrices: [...matrices.values()].map(inOrder), strays };
}

function inOrder({ contract, implementations, cases }) {
  return { contract, implementations: [...implementations], cases };
}

function placeOf({ path: [suite = "", ...titles] }) {
  const { contract, implementation } = /^(?<contract>[^:]+): (?<implementation>.+)$/.exec(suite)?.groups ?? {};
  if (contract === undefined) return undefined;
  // A suite that was skipped whole, or whose hook failed, has no case to stand in.
  return { contract, implementation, title: titles.length > 0 ? titles.join(" > ") : "(the whole suite)" };
}

function cellOf({ outcome, reason, diagnostics, error }) {
  if (outcome === "failed") return { result: "FAIL", reason: error };
  if (outcome === "skipped") return { result: "skipped", reason };
  if (outcome === "known-failure") return { result: "known failure", reason };
  const [first, ...details] = diagnostics;
  if (first === "unimplemented")
    return { result: "unimplemented", reason: details.join(" ") || "declared by its capabilities" };
  return { result: "pass" };
}

/** Rows of benchmarks as a table for a terminal. */
const columns = [
  ["", (row) => row.name],
  ["ours", (row) => number(row.ours)],
  ["peer", (row) => number(row.peer)],
  ["ratio", (row) => (row.ratio === null ? "-" : row.ratio.toFixed(2))],
  ["limit", (row) => number(row.limit ?? null)],
  ["unit", (row) => row.unit],
  ["n", (row) => String(row.n)],
  ["against", (row) => row.peerName + (row.limitName === undefined ? "" : `; limit: ${row.limitName}`)],
];
const leftAligned = new Set(["", "unit", "against"]);

export function renderRows(rows) {
  const table = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  const widths = columns.map((_, at) => Math.max(...table.map((cells) => cells[at].length)));
  const render = (cells) =>
    cells
      .map((text, at) => (leftAligned.has(columns[at][0]) ? text.padEnd(widths[at]) : text.padStart(widths[at])))
      .join("  ")
      .trimEnd();
  return table.map(render).join("\n");
}

/** Three digits that count, no more: a benchmark does not know the fourth. */
function number(value) {
  if (value === null) return "-";
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

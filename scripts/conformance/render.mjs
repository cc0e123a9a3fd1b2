/** How a result stands in the table; everything but a pass gets a number and its reason beneath. */
const cellText = {
  pass: "pass",
  FAIL: "FAIL",
  unimplemented: "unimpl",
  "known failure": "known",
  skipped: "skip",
};

/** One matrix as text: a line a case, a column an implementation, then the reasons and the totals. */
export function renderMatrix({ contract, implementations, cases }) {
  const notes = new Map();
  const rows = [...cases].map(([title, row]) => [
    title,
    ...implementations.map((name) => renderCell(row.get(name), notes)),
  ]);
  const totals = implementations.map((name) =>
    totalsOf(
      [...cases.values()].map((row) => row.get(name)),
      name,
    ),
  );
  return [
    ...renderTable([[contract, ...implementations], ...rows]),
    ...[...notes].map(([text, number]) => `  [${number}] ${text.replaceAll("\n", "\n      ")}`),
    ...totals,
  ].join("\n");
}

function renderCell(cell, notes) {
  // Not every implementation runs every case: some belong to a capability that its harness does not open.
  if (cell === undefined) return "-";
  if (cell.result === "pass") return cellText.pass;
  const note = `${cell.result}: ${cell.reason}`;
  if (!notes.has(note)) notes.set(note, notes.size + 1);
  return `${cellText[cell.result]} [${notes.get(note)}]`;
}

function renderTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const render = (row) =>
    row
      .map((text, column) => text.padEnd(widths[column]))
      .join("  ")
      .trimEnd();
  const [head, ...body] = rows.map(render);
  return [head, widths.map((width) => "-".repeat(width)).join("  "), ...body];
}

function totalsOf(cells, name) {
  const counts = new Map();
  for (const cell of cells) {
    if (cell !== undefined) counts.set(cell.result, (counts.get(cell.result) ?? 0) + 1);
  }
  return `${name}: ${[...counts].map(([result, count]) => `${count} ${result}`).join(", ")}`;
}

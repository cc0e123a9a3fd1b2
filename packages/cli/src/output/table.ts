/** Lays rows out under headings, columns two spaces apart. The last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => printable(line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => printable(cell).padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What others named must not move the cursor or forge a line. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "�");
}

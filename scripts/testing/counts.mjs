/**
 * Counts over records. A known failure is expected not to pass, so it stands with the skipped ones, with its reason.
 */
export function countRecords(records) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of records) counts[outcome === "known-failure" ? "skipped" : outcome] += 1;
  return counts;
}

/** "3 passed, 0 failed, 1 skipped": always all three, since programs read the closing line. */
export function countsLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** "prepare > rejects an unknown parent", or the file where a whole file failed. */
export function titleOf(record) {
  return record.path.length > 0 ? record.path.join(" > ") : record.file;
}

import type { Subject } from "./errors.ts";
import { OperationError } from "./errors.ts";

/** The most bytes that a label's key and value may have together, in UTF-8. */
export const labelMaxBytes = 4096;

/** The most labels that one object may have. */
export const labelMaxCount = 256;

/**
 * Returns `labels` if each has a key and none is too long.
 *
 * Throws `invalid-argument`: one is not; the message names its key and the rule.
 */
export function checkLabels(subject: Subject, labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (labels.size > labelMaxCount) {
    throw new OperationError(
      "invalid-argument",
      subject,
      `has ${labels.size} labels, at most ${labelMaxCount} are allowed`,
    );
  }
  const encoder = new TextEncoder();
  for (const [key, value] of labels) {
    const bytes = encoder.encode(key).length + encoder.encode(value).length;
    if (key === "" || bytes > labelMaxBytes) {
      const shown = JSON.stringify(key.slice(0, 64));
      const rule = `a label needs a key, and ${labelMaxBytes} bytes at most for key and value together`;
      throw new OperationError("invalid-argument", subject, `label ${shown} has ${bytes} bytes; ${rule}`);
    }
  }
  return labels;
}

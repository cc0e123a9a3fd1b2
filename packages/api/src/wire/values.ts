import { type Timestamp, timestampFromDate } from "@bufbuild/protobuf/wkt";

/** Returns the labels of a message, whatever their keys: `__proto__` is a key like any other. */
export function labelsFromMessage(labels: { readonly [key: string]: string }): ReadonlyMap<string, string> {
  return new Map(Object.entries(labels));
}

/** Returns labels for a message. */
export function labelsToMessage(labels: ReadonlyMap<string, string>): { [key: string]: string } {
  const message: { [key: string]: string } = Object.create(null);
  for (const [key, value] of labels) {
    message[key] = value;
  }
  return message;
}

/**
 * Returns the time of a message; the epoch where there is none. What is finer than a millisecond is cut (timestampDate
 * would round it up), so that nothing seems to have happened later than it did.
 */
export function dateFromMessage(timestamp: Timestamp | undefined): Date {
  const { seconds, nanos } = timestamp ?? { seconds: 0n, nanos: 0 };
  return new Date(Number(seconds) * 1_000 + Math.floor(nanos / 1e6));
}

/** Returns a time for a message. */
export function dateToMessage(date: Date): Timestamp {
  return timestampFromDate(date);
}

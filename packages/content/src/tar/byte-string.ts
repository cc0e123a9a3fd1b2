/**
 * Bytes as a string, one character a byte (latin1). Names in archives and on Linux are bytes without an encoding; as
 * such strings they can be split, compared and used as keys, and lose nothing.
 */
export type ByteString = string;

/** Whether a name means the same as bytes and as UTF-8, so that it needs no conversion. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const asciiPattern = /^[\x00-\x7f]*$/;

/** The name as the operating system takes it. */
export function nativeName(name: ByteString): string | Buffer {
  return asciiPattern.test(name) ? name : Buffer.from(name, "latin1");
}

/** The name for a person to read, quoted, and cut where it is long. */
export function shownName(name: ByteString): string {
  const text = Buffer.from(name, "latin1").toString();
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}

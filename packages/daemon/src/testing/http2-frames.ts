const types = { headers: 1, reset: 3, settings: 4, ping: 6, window: 8, continuation: 9 };

/** Flags of HEADERS: nothing follows, and the headers are all here. */
export const [endStream, endHeaders] = [1, 4];

/** A request for nothing that there is, in HPACK (RFC 7541): POST, http, "/", a host. */
export const requestBlock = Buffer.concat([Buffer.from([0x83, 0x86, 0x84, 0x41, 9]), Buffer.from("127.0.0.1")]);

/** One frame as it is sent, sensible or not (RFC 9113, section 4.1). */
export function frame(
  type: keyof typeof types,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(types[type], 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** A number of four bytes: an error's code, or the size of a window. */
export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Every connection of HTTP/2 begins with this (RFC 9113, section 3.4), and with settings, which may be empty. */
export const connectionStart = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame("settings", 0, 0),
]);

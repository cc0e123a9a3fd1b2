import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

const header = "grpc-message";

/**
 * Writes the message of a gRPC status as the protocol describes it: every character from space to "~" as it is, except
 * for "%" (gRPC over HTTP2, "Percent-Encoded"). The library encodes ":", "/" and others as well, which is allowed, and
 * which the client of grpc-js leaves as they are.
 *
 * The trailer is filled while the body is read, so that it can be looked at only when it is asked for.
 */
export function withPlainMessage(response: UniversalServerResponse): UniversalServerResponse {
  const { trailer } = response;
  if (trailer === undefined) return response;
  return Object.defineProperty({ ...response }, "trailer", {
    get: () => {
      const message = trailer.get(header);
      if (message !== null) trailer.set(header, encodePlainly(decodeURIComponent(message)));
      return trailer;
    },
  });
}

/** Encodes the bytes of `text` that the protocol wants encoded, and no others. */
export function encodePlainly(text: string): string {
  return text.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, (characters) => {
    return [...Buffer.from(characters)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
  });
}

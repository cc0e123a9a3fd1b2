import { OperationError } from "@gantry/api";

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Returns what the header `authorization` says.
 *
 * Throws `invalid-argument`: the token would go over a network in clear, or has characters that no header can hold
 */
export function authorizationFor(token: string, baseUrl: string): string {
  const refuse = (detail: string) => new OperationError("invalid-argument", { type: "daemon", id: baseUrl }, detail);
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== "https:" && !loopback.test(hostname))
    throw refuse("a token goes over https only, or to this machine");
  // Its text is in no message.
  if (!/^[\x21-\x7e]+$/.test(token)) throw refuse("the token has characters that no token has");
  return `Bearer ${token}`;
}

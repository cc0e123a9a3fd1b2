/** Filled in with the native driver. */
export function copyTree(_from: Buffer, _to: Buffer, _proceed: () => void): void {
  throw new TypeError("not yet");
}

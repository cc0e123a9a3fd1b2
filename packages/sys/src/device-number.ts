/**
 * Joins a device's major and minor number the way glibc and musl store them: 12 and 20 bits as the kernel has them, in
 * the places of a 64-bit number.
 */
export function makeDevice(major: number, minor: number): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

/** The inverse of {@link makeDevice}. */
export function splitDevice(device: bigint): { readonly major: number; readonly minor: number } {
  const major = ((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn);
  const minor = ((device >> 12n) & 0xffffff00n) | (device & 0xffn);
  return { major: Number(major), minor: Number(minor) };
}

/** Arithmetic of the figures; of nothing, every share is 0. */

export function round(value, digits = 1) {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : 0;
}

export function percent(part, whole) {
  return round((100 * part) / whole);
}

export function perThousand(count, whole) {
  return round((1000 * count) / whole);
}

/** The nearest-rank quantile; 0 of no values. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

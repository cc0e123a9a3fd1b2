/** Returns that of `words` which differs least from a mistyped one; `undefined` if none is near. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const near = words.map((other) => ({ other, distance: distanceBetween(word, other) }));
  return near.filter(({ distance }) => distance <= limit).sort((one, two) => one.distance - two.distance)[0]?.other;
}

/** How many letters have to be added, taken away or changed (Levenshtein). */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...one].entries()) {
    const next = [index + 1];
    for (let column = 0; column < other.length; column += 1) {
      const changed = (row[column] ?? 0) + (letter === other[column] ? 0 : 1);
      next.push(Math.min(changed, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

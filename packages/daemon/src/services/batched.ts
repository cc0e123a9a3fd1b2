/** How many entries of a list travel in one message: far below the limit of a message, whatever labels they carry. */
const batchSize = 128;

/** Groups what a list yields; an empty list yields one empty group, so that there is an answer. */
export async function* batched<T>(entries: AsyncIterable<T>): AsyncGenerator<readonly T[], void, void> {
  let batch: T[] = [];
  let yielded = false;
  for await (const entry of entries) {
    batch.push(entry);
    if (batch.length < batchSize) continue;
    yield batch;
    yielded = true;
    batch = [];
  }
  if (batch.length > 0 || !yielded) yield batch;
}

/** Runs `work` for 0 to `count` - 1, by so many workers at once. */
export async function atOnce(workers: number, count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

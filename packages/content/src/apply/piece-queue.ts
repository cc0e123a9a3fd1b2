/** Pieces that come in on one side and are waited for on the other. */
export class PieceQueue {
  readonly #pieces: Uint8Array[] = [];
  readonly #onTaken: (bytes: number) => void;
  #wake: (() => void) | undefined;
  #ended = false;
  #stopReason: unknown;
  #stopped = false;

  /** @param onTaken - told when a piece has left the queue, so that the next may be sent */
  constructor(onTaken: (bytes: number) => void) {
    this.#onTaken = onTaken;
  }

  push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#wake?.();
  }

  /** States that no more comes. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Makes everything that is or will be waited for reject with `reason`. */
  stop(reason: unknown): void {
    this.#stopped = true;
    this.#stopReason = reason;
    this.#wake?.();
  }

  /** The next piece, or `undefined` after the last. One caller at a time. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#pieces.length === 0 && !this.#ended && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#stopped) throw this.#stopReason;
    const piece = this.#pieces.shift();
    if (piece !== undefined) this.#onTaken(piece.length);
    return piece;
  }
}

/** Options that every asynchronous call of a contract takes. */
export interface CallOptions {
  /**
   * Asks the call to stop. What was begun is undone before the promise rejects, with the signal's `reason`; a call
   * that is already past its point of no return may resolve instead. Default: never.
   */
  readonly signal?: AbortSignal;
}

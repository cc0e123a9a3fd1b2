import { LayerCallError } from "../layer-error.ts";

/** Records the calls of a simulated host, and has some of them fail. */
export class CallPlan {
  /** Every call so far, with what it was about: `ActivateLayer /root/snapshots/1`. */
  readonly log: string[] = [];
  readonly #counts = new Map<string, number>();
  readonly #failures = new Map<string, number>();

  /**
   * Has the `nth` call of `call` from now on, counted from 1, fail with `code`, a Win32 error or an HRESULT; it changes
   * nothing then.
   */
  fail(call: string, nth: number, code: number): void {
    const from = this.#counts.get(call) ?? 0;
    this.#failures.set(`${call} ${from + nth}`, code);
  }

  /** Has the next `count` calls of `call` fail. */
  failNext(call: string, count: number, code: number): void {
    for (let nth = 1; nth <= count; nth += 1) {
      this.fail(call, nth, code);
    }
  }

  /** Notes a call; throws if it is one that shall fail. */
  enter(call: string, about: string): void {
    const number = (this.#counts.get(call) ?? 0) + 1;
    this.#counts.set(call, number);
    this.log.push(`${call} ${about}`);
    const code = this.#failures.get(`${call} ${number}`);
    if (code !== undefined) {
      throw new LayerCallError(call, code, "as planned");
    }
  }
}

/** Lets one piece of asynchronous work run at a time, in the order of the calls. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all earlier work is done. */
  run<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** Time that moves only when a test says so. */

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class Clock {
  now = 0;
  #timers: readonly Timer[] = [];

  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    const timer = { at: this.now + milliseconds, run };
    this.#timers = [...this.#timers, timer];
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  };

  get waiting(): number {
    return this.#timers.length;
  }

  /** Let time pass; what falls due runs in its order. */
  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.now = next.at;
      this.#timers = this.#timers.filter((one) => one !== next);
      next.run();
    }
    this.now = end;
  }

  #next(end: number): Timer | undefined {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

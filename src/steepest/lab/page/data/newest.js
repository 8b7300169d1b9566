// One ask at a time: of what is wanted while an answer is on its way, only the newest is asked.

/** @template T */
export class Newest {
  /** @param {(wanted: T) => Promise<void>} ask */
  constructor(ask) {
    this.ask = ask;
    /** @type {T | null} */
    this.next = null;
    this.busy = false;
  }

  /** @param {T} wanted */
  async want(wanted) {
    this.next = wanted;
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.next !== null) {
        const now = this.next;
        this.next = null;
        await this.ask(now);
      }
    } finally {
      this.busy = false;
    }
  }

  /** Nothing is wanted any more. */
  forget() {
    this.next = null;
  }
}

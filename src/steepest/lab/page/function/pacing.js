// Asks that follow a hand: one at a time while answers come soon, so that each is shown and none is cut off by the
// next.

import { dropped } from "lab/link.js";

const PATIENCE = 250; // milliseconds after which an answer is waited for no longer than until something newer is wanted

/** @template T */
export class Pacing {
  /** @param {(given: T) => Promise<any>} ask  a newer ask takes the place of one that is at work */
  constructor(ask) {
    this.ask = ask;
    /** @type {{ given: T, resolve: (answer: any) => void, reject: (error: unknown) => void } | null} */
    this.next = null;
    this.sent = 0; // the number of the ask at work; of the last one where none is
    this.busy = false;
    this.late = false; // whether the ask at work has taken longer than is waited for
  }

  /**
   * @param {T} given
   * @param {boolean} patient  whether it may wait for the ask at work
   * @returns {Promise<any>}   the answer, or `dropped` where something newer was wanted before
   */
  want(given, patient) {
    this.next?.resolve(dropped);
    return new Promise((resolve, reject) => {
      this.next = { given, resolve, reject };
      if (!this.busy || !patient || this.late) this.send();
    });
  }

  /** Asks for what is wanted, if anything is. */
  async send() {
    if (this.next === null) return;
    const { given, resolve, reject } = this.next, own = ++this.sent;
    this.next = null;
    this.busy = true;
    this.late = false;
    const timer = setTimeout(() => {
      if (own !== this.sent) return;
      this.late = true;
      this.send();
    }, PATIENCE);
    await this.ask(given).then(resolve, reject);
    clearTimeout(timer);
    if (own !== this.sent) return;
    this.busy = false;
    this.send();
  }
}

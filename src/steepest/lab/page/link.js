// The page's connection to the lab: asks and their answers; it comes back by itself where it is lost.

import { connect } from "lab/host.js";

/**
 * @typedef {object} Fault
 * @property {string} message   one sentence
 * @property {string | null} argument
 * @property {number | null} column
 */

/**
 * How far an ask is, 0 to 1; `news` is all that was told.
 * @typedef {(done: number, text: string, news: Record<string, any>) => void} Progress
 */

export class AskError extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The answer that nobody waits for any more, since a newer ask of its slot was made, or it was cancelled. */
export const dropped = Symbol("dropped");

export class Link {
  /** @param {(sentence: string) => void} say  what is to be told about the connection, "" for nothing */
  constructor(say) {
    this.say = say;
    this.next = 1;
    /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void, text: string,
     *   progress?: Progress }>} */
    this.waiting = new Map();
    /** @type {((text: string) => void) | null} */
    this.send = null;
    connect({
      opened: (send) => {
        this.send = send;
        for (const { text } of this.waiting.values()) send(text);
      },
      heard: (text) => this.take(JSON.parse(text)),
      closed: () => (this.send = null),
      say,
    });
  }

  /** @param {any} message */
  take(message) {
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.progress !== undefined) {
      waiting.progress?.(message.progress.done, message.progress.text, message.progress);
      return;
    }
    this.waiting.delete(message.id);
    if (message.error !== undefined) waiting.reject(new AskError(message.error));
    else waiting.resolve(message.dropped === true ? dropped : message.answer);
  }

  /**
   * @param {string} ask
   * @param {Record<string, any>} [given]
   * @param {{ slot?: string, progress?: Progress, begun?: (id: number) => void }} [options]
   * @returns {Promise<any>}  the answer, or `dropped`
   */
  ask(ask, given = {}, { slot, progress, begun } = {}) {
    const id = this.next++;
    begun?.(id);
    const text = JSON.stringify({ ...given, id, ask, ...(slot === undefined ? {} : { slot }) });
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, text, progress });
      this.send?.(text);
    });
  }

  /**
   * Lets go of an ask: it is `dropped` at once, and what still comes of it goes nowhere.
   * @param {number} id
   */
  cancel(id) {
    this.send?.(JSON.stringify({ cancel: id }));
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.resolve(dropped);
  }

  /**
   * A word about an ask that is at work.
   * @param {"pause" | "resume" | "stop"} word
   * @param {number} id
   */
  tell(word, id) {
    this.send?.(JSON.stringify({ [word]: id }));
  }
}

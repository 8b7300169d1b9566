// The page's connection to the lab: asks and their answers; it comes back by itself where it is lost.

/**
 * @typedef {object} Fault
 * @property {string} message   one sentence
 * @property {string | null} argument
 * @property {number | null} column
 */

export class AskError extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** The answer that nobody waits for any more, since a newer ask of its slot was made. */
export const dropped = Symbol("dropped");

export class Link {
  /** @param {(sentence: string) => void} say  what is to be told about the connection, "" for nothing */
  constructor(say) {
    this.say = say;
    this.next = 1;
    /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void, text: string,
     *   progress?: (done: number, text: string) => void }>} */
    this.waiting = new Map();
    /** @type {WebSocket | null} */
    this.socket = null;
    this.pause = 250;
    this.open();
  }

  open() {
    const socket = new WebSocket(`ws://${location.host}/live`);
    socket.onopen = () => {
      this.socket = socket;
      this.pause = 250;
      this.say("");
      for (const { text } of this.waiting.values()) socket.send(text);
    };
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = () => {
      this.socket = null;
      this.say("The lab does not answer; trying again. Is it still running?");
      setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(2 * this.pause, 8000);
    };
  }

  /** @param {any} message */
  take(message) {
    const waiting = this.waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.progress !== undefined) {
      waiting.progress?.(message.progress.done, message.progress.text);
      return;
    }
    this.waiting.delete(message.id);
    if (message.error !== undefined) waiting.reject(new AskError(message.error));
    else waiting.resolve(message.dropped === true ? dropped : message.answer);
  }

  /**
   * @param {string} ask
   * @param {Record<string, any>} [given]
   * @param {{ slot?: string, progress?: (done: number, text: string) => void }} [options]
   * @returns {Promise<any>}  the answer, or `dropped`
   */
  ask(ask, given = {}, { slot, progress } = {}) {
    const id = this.next++;
    const text = JSON.stringify({ ...given, id, ask, ...(slot === undefined ? {} : { slot }) });
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, text, progress });
      this.socket?.send(text);
    });
  }
}

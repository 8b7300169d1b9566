// Has runs trained by Python: asks for them, follows them, and passes on what one wishes of them meanwhile.

import { AskError, dropped } from "lab/link.js";

/** @typedef {import("lab/data/training.js").Training} Training */

export class Trainer {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {{ asked: (run: import("lab/data/state.js").DataRun) => Record<string, any>,
   *   onNews: (training: Training) => void,
   *   onEnd: (training: Training) => void, onLimit: (training: Training, limit: number | null) => void }} options
   */
  constructor(link, options) {
    this.link = link;
    this.options = options;
  }

  /** @param {Training} training */
  async train(training) {
    let own = -1;
    training.begin();
    this.options.onNews(training);
    try {
      const answer = await this.link.ask("train", this.options.asked(training.run), {
        slot: training.slot, begun: (id) => { own = id; training.id = id; },
        progress: (done, _, news) => {
          if (training.id !== own) return;
          training.grow({ ...news, done });
          this.options.onNews(training);
        },
      });
      if (training.id !== own) return;
      if (answer === dropped) training.withdraw();
      else training.finish(answer);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (training.id !== own) return;
      training.fail(error.fault.message);
    }
    this.options.onEnd(training);
    this.bound(training);
  }

  /**
   * The stability limit of batches, which comes after the run: the mark on the slider.
   * @param {Training} training
   */
  async bound(training) {
    const { trained, run } = training;
    if (trained === null || trained.limit !== null || run.batch_size === null) return;
    try {
      const answer = await this.link.ask("limit", this.options.asked(run), { slot: `limit of ${training.slot}` });
      if (answer === dropped || trained !== training.trained || training.stale) return;
      trained.limit = answer.limit;
      this.options.onLimit(training, answer.limit);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
    }
  }

  /**
   * @param {Training} training
   * @param {"pause" | "resume" | "stop"} word
   */
  say(training, word) {
    if (training.id === null) return;
    this.link.tell(word, training.id);
    if (word !== "stop") training.stage = word === "pause" ? "paused" : "working";
    this.options.onNews(training);
  }

  /** @param {Training[]} trainings */
  cancel(trainings) {
    for (const { id } of trainings) if (id !== null) this.link.cancel(id);
  }
}

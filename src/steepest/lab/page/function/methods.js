// The cards of the methods: they come and go, up to six, and answer questions about their runs.

import { Card } from "lab/cards.js";
import { button, find } from "lab/finding.js";
import { question } from "lab/lasting.js";
import { MOST_RUNS } from "lab/state.js";

/**
 * @typedef {import("lab/state.js").RunSetting} RunSetting
 * @typedef {{ runs: RunSetting[], focus: number }} Chosen
 */

const NEXT = ["momentum", "adam", "nesterov", "rmsprop", "gradient_descent", "adagrad", "lion"];

export class Methods {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {any[]} known   the methods of the catalogue
   * @param {{ chosen: () => Chosen, asked: () => Record<string, any>,
   *   onChange: (change: Partial<Chosen>, anew: boolean) => void }} options
   *   `anew`: the cards are to be made again
   */
  constructor(link, known, options) {
    this.link = link;
    this.known = known;
    this.options = options;
    /** @type {Card[]} */
    this.cards = [];
    find("#add").addEventListener("click", () => this.add());
  }

  make() {
    const { runs } = this.options.chosen();
    this.cards = runs.map((run, k) => new Card(run, k, this.known, {
      onChange: (changed) => {
        const own = JSON.stringify(changed) === JSON.stringify(this.cards[k].run); // by the card's own controls
        this.replace(k, changed, !own);
      },
      onRemove: () => this.remove(k),
      onWhy: () => this.question("explain", k, (card, answer) => card.explain(answer)),
      onSuggest: () => this.question("suggest", k, (card, answer) => card.suggest(answer)),
      onFocus: () => this.options.onChange({ focus: k }, false),
    }));
    find("#cards").replaceChildren(...this.cards.map((card) => card.element));
    button("#add").disabled = runs.length >= MOST_RUNS;
  }

  /**
   * Another setting of a run, which comes into focus.
   * @param {number} k
   * @param {RunSetting} run
   * @param {boolean} anew
   */
  replace(k, run, anew) {
    const runs = this.options.chosen().runs.map((one, j) => (j === k ? run : one));
    this.options.onChange({ runs, focus: k }, anew);
  }

  /** @param {number} k */
  remove(k) {
    const { runs, focus } = this.options.chosen(), kept = runs.filter((_, j) => j !== k);
    if (kept.length === 0) return;
    this.options.onChange({ runs: kept, focus: Math.min(focus > k ? focus - 1 : focus, kept.length - 1) }, true);
  }

  add() {
    const { runs } = this.options.chosen();
    if (runs.length >= MOST_RUNS) return;
    const used = new Set(runs.map((run) => run.method));
    const method = NEXT.find((name) => !used.has(name)) ?? "momentum";
    this.options.onChange({ runs: [...runs, { method, fields: { learning_rate: null } }], focus: runs.length }, true);
  }

  /**
   * Hyper-parameters that were picked elsewhere, shown on the card of the run in focus.
   * @param {Record<string, number>} picked
   */
  pick(picked) {
    const { runs, focus } = this.options.chosen(), card = this.cards[focus];
    card.run = { method: runs[focus].method, fields: { ...runs[focus].fields, ...picked } };
    for (const control of card.controls) if (control.field.name in picked) control.set(picked[control.field.name]);
    this.replace(focus, card.run, false);
  }

  /** @param {number} focus */
  focus(focus) {
    this.cards.forEach((card, k) => card.focus(k === focus));
  }

  /** @param {any[]} told  the runs, in order */
  tell(told) {
    told.forEach((one, k) => this.cards[k]?.tell(one));
  }

  /**
   * A question about one run, answered on its card.
   * @param {string} ask
   * @param {number} k
   * @param {(card: Card, answer: any) => void} take
   */
  question(ask, k, take) {
    const card = this.cards[k], run = this.options.chosen().runs[k];
    question(this.link, card, ask, { ...this.options.asked(), run }, (answer) => {
      if (card === this.cards[k] && run === this.options.chosen().runs[k]) take(card, answer);
    });
  }
}

// How well a run predicts: its confusion matrix and the rows that it gets wrong, or what it predicts against the truth.

import { unpacked } from "steepest/arrays.js";
import { count, number } from "steepest/format.js";
import { find, select } from "lab/finding.js";
import { Matrix } from "lab/data/matrix.js";
import { Scatter } from "lab/data/scatter.js";
import { Examples } from "lab/data/examples.js";

/**
 * @typedef {object} Judged  what the ask `judge` says
 * @property {"classification" | "regression"} kind
 * @property {number} rows
 * @property {string} constant_class  the most frequent one
 * @property {number} listed_of       rows that could be listed
 * @property {number | null} accuracy
 * @property {number | null} rmse
 * @property {number} constant     the score of the best constant
 * @property {number[][]} matrix   a row a true class
 * @property {string[]} classes
 * @property {import("lab/data/examples.js").Example[]} wrong
 * @property {number} wrong_count
 * @property {any} pairs           packed (rows, 2)
 * @property {import("lab/data/examples.js").Example[]} worst
 */

export class Judgement {
  /** @param {{ onAsk: () => void }} options  something else is wanted: another part, another cell */
  constructor(options) {
    /** @type {[number, number] | null} the cell of the matrix whose rows are listed */
    this.cell = null;
    this.options = options;
    this.matrix = new Matrix(find("#data-matrix"), (cell) => {
      this.cell = this.cell !== null && cell[0] === this.cell[0] && cell[1] === this.cell[1] ? null : cell;
      options.onAsk();
    });
    this.scatter = new Scatter();
    this.examples = new Examples();
    select("#data-part").addEventListener("change", () => options.onAsk());
    find("#data-every").addEventListener("click", () => {
      this.cell = null;
      options.onAsk();
    });
  }

  /** What an ask about it says besides the run and its row. */
  asked() {
    return { part: select("#data-part").value, ...(this.cell === null ? {} : { cell: this.cell }) };
  }

  /**
   * Another run or other data: nothing of before is kept.
   * @param {boolean} anyHeld  whether rows are held out
   */
  reset(anyHeld) {
    this.cell = null;
    const part = select("#data-part");
    const test = /** @type {HTMLOptionElement} */ (part.querySelector("option[value=test]"));
    test.disabled = !anyHeld;
    if (!anyHeld) part.value = "train";
  }

  hide() {
    find("#data-judgement").hidden = true;
  }

  /** @param {string} sentence  why there is nothing to show */
  refuse(sentence) {
    find("#data-judgement").hidden = false;
    find("#data-score").textContent = sentence;
    find("#data-judged").hidden = true;
  }

  /**
   * @param {Judged} judged
   * @param {[number, number] | null} shape  where a row is an image
   */
  show(judged, shape) {
    const sorted = judged.kind === "classification";
    const part = select("#data-part").value === "test" ? "held-out" : "training";
    find("#data-judgement").hidden = false;
    find("#data-judged").hidden = false;
    find("#data-matrix").hidden = !sorted;
    find("#data-scatter").hidden = sorted;
    find("#data-every").hidden = this.cell === null;
    if (sorted) {
      const right = `${percent(judged.accuracy ?? 0)} of the ${count(judged.rows)} ${part} rows are right`;
      const always = `always saying ${judged.constant_class} is right in ${percent(judged.constant)}`;
      find("#data-score").textContent = `${right}; ${always}.`;
      this.matrix.show(judged.matrix, judged.classes, this.cell);
      const { listed_of, classes, wrong } = judged, { cell } = this;
      const listed = count(listed_of);
      const which = cell === null ? `${listed} wrong`
        : cell[0] === cell[1] ? `${listed} of ${classes[cell[0]]} are right`
          : `${listed} of ${classes[cell[0]]} taken for ${classes[cell[1]]}`;
      const more = wrong.length < listed_of ? `; ${count(wrong.length)} of them` : "";
      this.examples.show(wrong, shape, `${which}${more}`);
    } else {
      const error = `Root mean squared error ${number(judged.rmse ?? NaN, 4)} on the ${part} rows`;
      find("#data-score").textContent = `${error}; ${number(judged.constant, 4)} for the mean alone.`;
      this.scatter.show(unpacked(judged.pairs).data);
      this.examples.show(judged.worst, shape, "The rows that are farthest off");
    }
  }
}

/** @param {number} share */
function percent(share) {
  return `${number(100 * share, 3)} %`;
}

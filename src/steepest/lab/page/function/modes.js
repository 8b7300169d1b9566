// The modes panel: the run in focus along the eigenvectors of the Hessian where it is heading, which are drawn on the
// stage too. It asks only while it is open.

import { column, unpacked } from "steepest/arrays.js";
import { Chart } from "steepest/chart.js";
import { count, number } from "steepest/format.js";
import { canvas, find } from "lab/finding.js";
import { AskError, dropped } from "lab/link.js";

/** @typedef {import("steepest/stage.js").Stage} Stage */

const SHOWN = 2; // modes with a colour: the flattest and the steepest

export class ModesPanel {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {Stage} stage
   * @param {{ about: () => Record<string, any> | null, onRow: (row: number) => void }} options  `about` is what to ask
   *   about, or null while there is nothing; `onRow` gets the iteration that is pressed on the chart
   */
  constructor(link, stage, options) {
    this.link = link;
    this.stage = stage;
    this.options = options;
    this.details = /** @type {HTMLDetailsElement} */ (find("#modes"));
    this.asked = ""; // what the panel shows, or waits for
    this.iteration = 0;
    /** @type {Chart | null} */
    this.chart = null;
    /** @type {any} */
    this.told = null;
    this.details.addEventListener("toggle", () => (this.details.open ? this.follow() : this.close()));
  }

  close() {
    this.asked = "";
    this.stage.axes = [];
    this.stage.surface.ask();
  }

  /** Asks anew where the run in focus has changed. */
  async follow() {
    const about = this.options.about(), asked = JSON.stringify(about);
    if (!this.details.open || about === null || asked === this.asked) return;
    this.asked = asked;
    this.details.setAttribute("aria-busy", "true");
    try {
      const answer = await this.link.ask("modes", about, { slot: "modes" });
      if (answer !== dropped && asked === this.asked) this.take(answer);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (asked === this.asked) this.refuse(error.fault.message);
    }
    if (asked === this.asked) this.details.removeAttribute("aria-busy");
  }

  /** @param {string} sentence */
  refuse(sentence) {
    this.told = null;
    this.stage.axes = [];
    this.stage.surface.ask();
    find("#modes-said").textContent = sentence;
    find("#modes-shown").hidden = true;
  }

  /** @param {any} answer */
  take(answer) {
    const m = answer.curvatures.length, errors = unpacked(answer.errors).data;
    const predicted = answer.predicted === null ? null : unpacked(answer.predicted).data;
    const of = (/** @type {Float64Array} */ values, /** @type {number} */ k) => column(values, m, k).map(Math.abs);
    const shown = m <= SHOWN ? [...Array(m).keys()] : [0, m - 1];
    this.told = {
      ...answer, iteration: unpacked(answer.iteration).data, errors: shown.map((k) => of(errors, k)), shown,
    };
    find("#modes-said").textContent = answer.sentence;
    find("#modes-shown").hidden = false;
    find("#modes-dashed").textContent = predicted === null ? "" : `dashed: the closed form${
      answer.since > 0 ? `, from iteration ${count(answer.since)} on, where f is as good as quadratic` : ""}`;
    const options = {
      title: "error along each direction", xlabel: "iteration", iteration: this.told.iteration, log: true,
      series: shown.flatMap((k, place) => {
        const line = {
          name: `curvature ${number(answer.curvatures[k])}`, colour: `mode-${place + 1}`, values: of(errors, k),
        };
        return predicted === null ? [line] : [line, { ...line, colour: "ink", values: of(predicted, k), dashed: true }];
      }),
      onRow: (/** @type {number} */ row) => this.options.onRow(this.told.iteration[row]),
    };
    if (this.chart === null) this.chart = new Chart(canvas("#modes-chart"), options);
    else this.chart.options = options;
    this.drawAxes(answer);
    this.show(this.iteration);
  }

  /** @param {any} answer */
  drawAxes(answer) {
    const at = unpacked(answer.at).data, vectors = unpacked(answer.vectors).data;
    this.stage.axes = at.length !== 2 ? [] : [0, 1].map((k) => ({
      name: `curvature ${number(answer.curvatures[k])}`, colour: `mode-${k + 1}`,
      from: [at[0], at[1]], by: [vectors[k], vectors[2 + k]],
    }));
    this.stage.surface.ask();
  }

  /**
   * The errors at an iteration.
   * @param {number} iteration
   */
  show(iteration) {
    this.iteration = iteration;
    if (!this.details.open || this.told === null || this.chart === null) return;
    const row = this.chart.rowAt(iteration), { shown, errors, curvatures, rates, periods } = this.told;
    this.chart.show(row);
    const lines = shown.map((/** @type {number} */ k, /** @type {number} */ place) => {
      const error = errors[place][row], share = error / errors[place][0];
      return [
        number(curvatures[k]), rates === null ? "" : number(rates[k], 6),
        rates === null ? "" : periods[k] === null ? "no" : `every ${number(periods[k], 3)}`, number(error),
        Number.isFinite(share) ? `${number(100 * share, 3)} %` : "",
      ];
    });
    const head = ["curvature", "kept a step", "rings", `error at ${count(this.told.iteration[row])}`, "of its start"];
    const table = /** @type {HTMLTableElement} */ (find("#modes-table"));
    const rows = lines.map((/** @type {string[]} */ cells, /** @type {number} */ place) =>
      line(cells, "td", place + 1));
    table.replaceChildren(line(head, "th", 0), ...rows);
  }
}

/**
 * @param {string[]} cells
 * @param {"th" | "td"} kind
 * @param {number} mode  its place; 0 for the head
 */
function line(cells, kind, mode) {
  const row = document.createElement("tr");
  row.append(...cells.map((text, k) => {
    const cell = document.createElement(k === 0 ? "th" : kind);
    cell.scope = mode === 0 ? "col" : "row";
    if (k === 0 && mode > 0) {
      const key = document.createElement("span");
      key.className = `key mode-${mode}`;
      cell.append(key);
    }
    cell.append(text);
    return cell;
  }));
  return row;
}

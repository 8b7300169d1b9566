// The losses and errors of the runs, over what one likes to count: epochs, gradients, rows seen, seconds.

import { number } from "steepest/format.js";
import { canvas, find, input, select } from "lab/finding.js";
import { Lines, nearestOf, placeOf } from "lab/data/lines.js";
import { nameOf } from "lab/data/trainee.js";

/**
 * @typedef {import("lab/data/training.js").Training} Training
 * @typedef {import("lab/data/training.js").AxisName} AxisName
 * @typedef {import("lab/data/lines.js").Line} Line
 */

/** @type {[AxisName, string][]} */
const AXES = [
  ["epochs", "epochs"], ["gradients", "steps (gradient evaluations)"], ["samples", "rows seen"],
  ["seconds", "seconds"],
];
const TABLE_ROWS = 12;

export class Curves {
  /** @param {{ onSeek: (iteration: number) => void, onAxis: (axis: AxisName, along: boolean) => void }} options */
  constructor(options) {
    this.options = options;
    /** @type {Training[]} */
    this.trainings = [];
    this.focus = 0;
    this.iteration = 0;
    this.regression = false;
    const axis = select("#data-axis"), log = input("#data-log");
    for (const [name, text] of AXES) axis.add(new Option(text, name));
    const along = input("#data-along");
    for (const control of [axis, along]) {
      control.addEventListener("change", () => {
        options.onAxis(this.axis, along.checked);
        this.draw();
      });
    }
    log.addEventListener("change", () => this.draw());
    const seek = (/** @type {number} */ x) => this.seek(x);
    this.loss = new Lines(canvas("#data-loss-chart"), { onSeek: seek });
    this.error = new Lines(canvas("#data-error-chart"), { onSeek: seek });
  }

  get axis() {
    return /** @type {AxisName} */ (select("#data-axis").value);
  }

  /** @param {number} x  a place on the axis: that of the run in focus */
  seek(x) {
    const trained = this.trainings[this.focus]?.trained;
    const places = trained?.axes[this.axis];
    if (trained && places) this.options.onSeek(trained.iteration[nearestOf(places, x)]);
    else if (this.axis === "epochs") this.options.onSeek(Math.round(x));
  }

  /**
   * @param {Training[]} trainings
   * @param {number} focus
   * @param {boolean} regression
   */
  show(trainings, focus, regression) {
    Object.assign(this, { trainings, focus, regression });
    this.draw();
    this.table();
  }

  /**
   * What is counted along, as a state has it.
   * @param {string} axis
   * @param {boolean} along
   */
  over(axis, along) {
    select("#data-axis").value = AXES.some(([name]) => name === axis) ? axis : "epochs";
    input("#data-along").checked = along;
  }

  /**
   * The runs' names; where two are the same, with their learning rates.
   * @param {number} k
   */
  name(k) {
    const names = this.trainings.map(({ run }) => nameOf(run)), rate = this.trainings[k].run.fields.learning_rate;
    const alike = names.filter((name) => name === names[k]).length > 1;
    return alike && typeof rate === "number" ? `${names[k]}, rate ${number(rate, 3)}` : names[k];
  }

  /** @param {number} iteration */
  at(iteration) {
    this.iteration = iteration;
    this.draw();
  }

  draw() {
    const xlabel = AXES.find(([name]) => name === this.axis)?.[1] ?? "";
    const common = { xlabel, log: input("#data-log").checked, along: input("#data-along").checked };
    const losses = this.trainings.flatMap((training, k) => this.lossLine(training, k));
    const errors = this.trainings.flatMap((training, k) => this.errorLines(training, k));
    this.loss.show({ ...common, title: "loss (with its penalty)", lines: losses });
    const title = this.regression ? "root mean squared error" : "share of rows that are wrong";
    this.error.show({ ...common, title, lines: errors });
    this.legend();
  }

  /**
   * @param {Training} training
   * @param {number} k
   * @returns {Line[]}
   */
  lossLine(training, k) {
    const { trained, live } = training, name = this.name(k), colour = `run-${k + 1}`;
    if (training.working && live.values.length > 0 && this.axis !== "samples") { // those are known at the end
      return [{ name, colour, x: live[this.axis], y: live.values, dashed: false, at: live.values.length - 1 }];
    }
    const x = trained?.axes[this.axis];
    if (!trained || !x) return [];
    return [{ name, colour, x, y: trained.values, dashed: false, at: placeOf(trained.iteration, this.iteration) }];
  }

  /**
   * @param {Training} training
   * @param {number} k
   * @returns {Line[]}
   */
  errorLines({ trained }, k) {
    const all = trained?.axes[this.axis];
    if (!trained || !all) return [];
    const x = Float64Array.from(trained.errorRows, (row) => all[row]), colour = `run-${k + 1}`;
    const at = placeOf(trained.errorRows, placeOf(trained.iteration, this.iteration));
    const lines = [{ name: `${this.name(k)}, training`, colour, x, y: trained.errorTrain, dashed: false, at }];
    const held = trained.errorTest;
    if (held !== null) lines.push({ name: `${this.name(k)}, held out`, colour, x, y: held, dashed: true, at });
    return lines;
  }

  /** The runs by name with their losses where the player stands. */
  legend() {
    find("#data-legend").replaceChildren(...this.trainings.map((training, k) => {
      const item = document.createElement("span"), line = this.lossLine(training, k)[0];
      item.className = `key run-${k + 1}`;
      const value = line === undefined ? "" : `  ${number(line.y[line.at], 4)}`;
      item.append(Object.assign(document.createElement("span"), { textContent: `${this.name(k)}${value}` }));
      return item;
    }));
  }

  /** The same numbers to read: a few rows of each run. */
  table() {
    const place = find("#data-curves-table");
    const longest = Math.max(0, ...this.trainings.map(({ trained }) => trained?.nit ?? 0));
    const spaced = Array.from({ length: TABLE_ROWS + 1 }, (_, k) => Math.round((longest * k) / TABLE_ROWS));
    const epochs = [...new Set(spaced)], columns = ["loss", "training error", "held-out error"];
    const head = ["epoch", ...this.trainings.flatMap((_, k) => columns.map((what) => `${this.name(k)}: ${what}`))];
    const rows = epochs.map((epoch) => [String(epoch), ...this.trainings.flatMap(({ trained }) => {
      if (trained === null || epoch > trained.nit) return ["", "", ""];
      const row = placeOf(trained.iteration, epoch), at = placeOf(trained.errorRows, row);
      const held = trained.errorTest === null ? "" : number(trained.errorTest[at]);
      return [number(trained.values[row]), number(trained.errorTrain[at]), held];
    })]);
    fill(place, head, rows);
  }
}

/**
 * A table of texts; the first of each row names it.
 * @param {HTMLElement} place
 * @param {string[]} head
 * @param {string[][]} rows
 */
export function fill(place, head, rows) {
  const line = (/** @type {string[]} */ texts, /** @type {boolean} */ top) => {
    const row = document.createElement("tr");
    row.append(...texts.map((text, k) => {
      const cell = document.createElement(top || k === 0 ? "th" : "td");
      cell.textContent = text;
      if (top || k === 0) cell.setAttribute("scope", top ? "col" : "row");
      return cell;
    }));
    return row;
  };
  place.replaceChildren(line(head, true), ...rows.map((texts) => line(texts, false)));
}

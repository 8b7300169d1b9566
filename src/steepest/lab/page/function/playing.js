// What moves with the iteration: the curve of f, the player, the numbers and the arrows of the step of the run in
// focus.

import { arrowsAt, legend } from "steepest/arrows.js";
import { Chart } from "steepest/chart.js";
import { count, number } from "steepest/format.js";
import { Player } from "steepest/player.js";
import { StepPanel } from "steepest/step_panel.js";
import { canvas, find, input } from "lab/finding.js";
import { hasPath, unpackedTrace } from "lab/function/runs.js";

/** @typedef {import("steepest/stage.js").Stage} Stage */

export class Playing {
  /**
   * @param {Stage} stage
   * @param {() => void} onRow  another row is shown
   */
  constructor(stage, onRow) {
    this.stage = stage;
    this.onRow = onRow;
    this.row = 0;
    this.focus = 0;
    /** @type {any[]} */
    this.told = [];
    /** @type {any} */
    this.trace = null;
    /** @type {Chart | null} */
    this.chart = null;
    this.player = new Player(find("#player"), {
      rows: 2, tell: (row) => `iteration ${count(row)}`, onRow: (row) => this.show(row),
    });
    const log = input("#log");
    log.addEventListener("change", () => this.chart?.setLog(log.checked));
  }

  /**
   * Another function: no steps are known yet.
   * @param {{ variables: string[], n: number }} problem
   */
  begin({ variables, n }) {
    this.variables = variables;
    this.n = n;
    this.trace = null;
    this.panel = new StepPanel(cleared(find("#steps")), {
      variables, iteration: new Float64Array(1), w: new Float64Array(n), trace: null, unit: "iteration",
    });
  }

  /**
   * Other runs are drawn; `tell` says where they stand.
   * @param {any[]} told
   * @param {import("lab/state.js").State} setting
   */
  take(told, { runs, focus }) {
    this.told = told;
    this.focus = focus;
    this.trace = null; // that of the runs before; theirs comes when the hand rests
    const series = told.flatMap((one, k) =>
      (hasPath(one) ? [{ name: runs[k].method, colour: `run-${k + 1}`, values: one.values }] : []));
    const rows = Math.max(2, ...series.map(({ values }) => values.length));
    const options = {
      title: "f", xlabel: "iteration", iteration: Float64Array.from({ length: rows }, (_, t) => t),
      log: input("#log").checked, series,
      onRow: (/** @type {number} */ row) => {
        this.player.pause();
        this.player.go(row);
      },
    };
    if (this.chart === null) this.chart = new Chart(canvas("#f-chart"), options);
    else this.chart.options = options;
    const last = this.row === 0 || this.row >= this.player.options.rows - 1;
    const row = last ? rows - 1 : Math.min(this.row, rows - 1);
    if (row === this.row && rows === this.player.options.rows) return this.draw(row);
    if (rows !== this.player.options.rows) this.player.resize(rows);
    this.player.go(row);
  }

  /**
   * The steps of the run in focus, as Python tells them.
   * @param {any} trace
   */
  takeSteps(trace) {
    const told = this.told[this.focus];
    if (!hasPath(told) || this.panel === undefined) return;
    this.trace = unpackedTrace(trace);
    this.panel.take({
      variables: this.variables ?? [], iteration: told.iteration, w: told.path, trace: this.trace, unit: "iteration",
    });
    this.show(this.row);
  }

  /** @param {number} row */
  show(row) {
    this.draw(row);
    this.tell();
  }

  /** Where the run in focus stands, in words. */
  tell() {
    const told = this.told[this.focus];
    if (told?.values === undefined) return;
    const here = Math.min(this.row, told.values.length - 1);
    find("#where").textContent = `iteration ${count(told.iteration[here])}   f ${number(told.values[here], 6)}`;
  }

  /** @param {number} row */
  draw(row) {
    this.row = row;
    this.chart?.show(row);
    this.stage.show(row);
    this.onRow();
    const told = this.told[this.focus];
    if (told?.values === undefined) return;
    const here = Math.min(row, told.values.length - 1);
    if (this.panel !== undefined && this.panel.steps.w === told.path) this.panel.show(here);
    this.point(told, here);
  }

  /**
   * The arrows of the run in focus.
   * @param {any} told
   * @param {number} row
   */
  point(told, row) {
    const path = this.stage.paths.find(({ colour }) => colour === `run-${this.focus + 1}`), { trace } = this;
    this.stage.arrows = [];
    const whole = path !== undefined && trace !== null && trace.gradient.length === told.path.length;
    if (!whole || this.n !== 2 || row + 1 >= told.iteration.length) {
      find("#legend").replaceChildren();
      return;
    }
    const { x, y } = path, { velocity, scaled } = trace;
    const flat = (/** @type {Float64Array} */ values, /** @type {number} */ at, /** @type {number} */ factor) =>
      /** @type {[number, number]} */ ([factor * values[2 * at], factor * values[2 * at + 1]]);
    const moves = { x, y, iteration: told.iteration, trace, velocity, scaled, flat };
    const found = arrowsAt(moves, row, (by) => this.stage.pixels(by));
    legend(find("#legend"), found);
    this.stage.arrows = found.arrows;
  }
}

/**
 * The step panel's place without what an older panel left there.
 * @param {HTMLElement} place
 */
function cleared(place) {
  const choice = /** @type {HTMLSelectElement} */ (place.querySelector("select"));
  choice.replaceWith(document.createElement("select"));
  return place;
}

// A curve over the rows of a run, with the row that is shown; pressed or dragged it shows another.

import { named } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { envelope } from "steepest/simplify.js";
import { Surface } from "steepest/surface.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {string} colour
 * @property {ArrayLike<number>} values  (rows,)
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} xlabel
 * @property {ArrayLike<number>} iteration  (rows,)
 * @property {Series[]} series
 * @property {boolean} log
 * @property {(row: number) => void} onRow
 */

const MARGIN = { left: 62, right: 14, top: 26, bottom: 34 };
const DECADES = 24; // on a log axis
const FLOWN = 1e4; // times its start: a curve that flew off

export class Chart {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ChartOptions} options
   */
  constructor(canvas, options) {
    this.options = options;
    this.canvas = canvas;
    this.row = 0;
    this.log = options.log;
    this.xs = scaleOf(0, 1, 0, 1);
    this.surface = new Surface(canvas, (context, width, height) => this.draw(context, width, height));
    let held = false;
    const seek = (/** @type {PointerEvent} */ event) => options.onRow(this.rowAt(this.xs.from(event.offsetX)));
    canvas.addEventListener("pointerdown", (event) => {
      held = true;
      canvas.setPointerCapture(event.pointerId);
      seek(event);
    });
    canvas.addEventListener("pointermove", (event) => held && seek(event));
    canvas.addEventListener("pointerup", () => (held = false));
    canvas.addEventListener("pointercancel", () => (held = false));
  }

  /**
   * The row nearest to an iteration.
   * @param {number} iteration
   */
  rowAt(iteration) {
    const all = this.options.iteration;
    let low = 0, high = all.length - 1;
    while (high - low > 1) {
      const half = (low + high) >> 1;
      if (all[half] <= iteration) low = half;
      else high = half;
    }
    return iteration - all[low] <= all[high] - iteration ? low : high;
  }

  /** @param {number} row */
  show(row) {
    this.row = row;
    this.surface.ask();
  }

  /** @param {boolean} log */
  setLog(log) {
    this.log = log;
    this.surface.ask();
  }

  /** The ends of the values, and whether they can be on a log axis. */
  range() {
    let low = Infinity, high = -Infinity, positive = Infinity;
    for (const { values } of this.options.series) {
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (!Number.isFinite(value)) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
        if (value > 0) positive = Math.min(positive, value);
      }
    }
    const log = this.log && low >= 0 && Number.isFinite(positive);
    if (!Number.isFinite(low)) [low, high] = [0, 1];
    if (log) [low, high] = this.decades(positive, high);
    if (low === high) [low, high] = log ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
    return { low, high, log };
  }

  /**
   * At most so many decades: a curve that flies off is cut above, sooner where others do not; then the lowest are cut.
   * @param {number} low
   * @param {number} high
   * @returns {[number, number]}
   */
  decades(low, high) {
    const ends = this.options.series.map(({ values }) => [values[0], values[values.length - 1]]);
    const first = Math.max(...ends.map(([start]) => start).filter((start) => start > 0));
    const flown = ends.filter(([start, end]) => !(end <= FLOWN * start)).length;
    const above = flown === ends.length ? 10 ** DECADES : FLOWN;
    const top = flown > 0 && first > 0 ? Math.min(high, first * above) : high;
    return [Math.max(low, top / 10 ** DECADES), top];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    const { iteration, series, title, xlabel } = this.options;
    const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    const { low, high, log } = this.range();
    this.xs = scaleOf(iteration[0], iteration[iteration.length - 1] || 1, MARGIN.left, right);
    const ys = scaleOf(low, high, bottom - 4, MARGIN.top + 6, log);
    context.font = `12px ${named("type")}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const tick of ticksOf(ys, 4)) {
      const y = Math.round(ys.to(tick)) + 0.5;
      context.strokeStyle = named("faint");
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(MARGIN.left, y);
      context.lineTo(right, y);
      context.stroke();
      context.fillStyle = named("muted");
      context.fillText(number(tick, 3), MARGIN.left - 7, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticksOf(this.xs, 5)) {
      if (tick % 1 === 0) context.fillText(number(tick, 6), this.xs.to(tick), bottom + 4);
    }
    context.textAlign = "right";
    context.textBaseline = "bottom";
    context.fillText(xlabel, right, height - 1);
    for (const { values, colour } of series) this.curve(context, values, named(colour), ys, log);
    this.cursor(context, ys, bottom);
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillStyle = named("ink");
    context.font = `600 13px ${named("type")}`;
    context.fillText(title, 4, 4);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ArrayLike<number>} values
   * @param {string} colour
   * @param {import("steepest/scales.js").Scale} ys
   * @param {boolean} log
   */
  curve(context, values, colour, ys, log) {
    const { iteration } = this.options;
    const px = Array.from(iteration, this.xs.to);
    const py = Array.from(values, (value) => (log && !(value > 0) ? NaN : ys.to(value)));
    context.strokeStyle = colour;
    context.lineWidth = 1.8;
    context.lineJoin = "round";
    context.save();
    context.beginPath();
    context.rect(MARGIN.left - 2, MARGIN.top, 1e5, ys.to(ys.domain[0]) - MARGIN.top + 4);
    context.clip();
    context.beginPath();
    let down = false;
    for (const row of envelope(px, py)) {
      const sound = Number.isFinite(py[row]);
      if (sound && down) context.lineTo(px[row], py[row]);
      else if (sound) context.moveTo(px[row], py[row]);
      down = sound;
    }
    context.stroke();
    context.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("steepest/scales.js").Scale} ys
   * @param {number} bottom
   */
  cursor(context, ys, bottom) {
    const x = this.xs.to(this.options.iteration[this.row]);
    context.strokeStyle = named("muted");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, MARGIN.top);
    context.lineTo(x, bottom);
    context.stroke();
    for (const { values, colour } of this.options.series) {
      const y = ys.to(values[this.row]);
      if (!Number.isFinite(y)) continue;
      context.fillStyle = named(colour);
      context.beginPath();
      context.arc(x, Math.min(Math.max(y, MARGIN.top), bottom), 4.5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

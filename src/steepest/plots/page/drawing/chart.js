// A curve over the rows of a run, with the row that is shown; pressed or dragged it shows another.

import { drawAxes, drawNames } from "steepest/axes.js";
import { named } from "steepest/colours.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { envelope } from "steepest/simplify.js";
import { seeking } from "steepest/seeking.js";
import { Surface } from "steepest/surface.js";

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {string} colour
 * @property {ArrayLike<number>} values  (rows,)
 * @property {boolean} [dashed]  what theory says; it has no dot at the row that is shown
 * @typedef {import("steepest/scales.js").Scale} Scale
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
const DASH = [5, 4];
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
    /** @type {{ options: ChartOptions, key: string, ys: Scale, lines: Path2D[] } | null} */
    this.kept = null;
    this.surface = new Surface(canvas, (context, width, height) => this.draw(context, width, height));
    seeking(canvas, (x) => options.onRow(this.rowAt(this.xs.from(x))));
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
    const { series, title, xlabel } = this.options;
    const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    const { ys, lines } = this.laid(right, bottom);
    drawAxes(context, this.xs, ys, { left: MARGIN.left, right, bottom }, {
      across: ticksOf(this.xs, 5).filter((tick) => tick % 1 === 0), up: ticksOf(ys, 4), digits: { across: 6, up: 3 },
    });
    drawNames(context, title, xlabel, right, height);
    context.save();
    context.beginPath();
    context.rect(MARGIN.left - 2, MARGIN.top, 1e5, bottom - MARGIN.top);
    context.clip();
    context.lineJoin = "round";
    lines.forEach((line, k) => {
      context.strokeStyle = named(series[k].colour);
      context.lineWidth = series[k].dashed === true ? 1.1 : 1.8;
      context.setLineDash(series[k].dashed === true ? DASH : []);
      context.stroke(line);
    });
    context.restore();
    this.cursor(context, ys, bottom);
  }

  /**
   * The scales and the curves in pixels; kept for as long as they stay, so that another row costs no look at all rows.
   * @param {number} right
   * @param {number} bottom
   */
  laid(right, bottom) {
    const key = [right, bottom, this.log].join(), { iteration, series } = this.options;
    if (this.kept !== null && this.kept.options === this.options && this.kept.key === key) return this.kept;
    const { low, high, log } = this.range();
    this.xs = scaleOf(iteration[0], iteration[iteration.length - 1] || 1, MARGIN.left, right);
    const ys = scaleOf(low, high, bottom - 4, MARGIN.top + 6, log);
    this.kept = { options: this.options, key, ys, lines: series.map(({ values }) => this.curve(values, ys)) };
    return this.kept;
  }

  /**
   * @param {ArrayLike<number>} values
   * @param {Scale} ys
   */
  curve(values, ys) {
    const { iteration } = this.options, found = new Path2D();
    const px = Float64Array.from(values, (_, row) => this.xs.to(iteration[row]));
    const py = Float64Array.from(values, (value) => (ys.log && !(value > 0) ? NaN : ys.to(value)));
    let down = false;
    for (const row of envelope(px, py)) {
      const sound = Number.isFinite(py[row]);
      if (sound && down) found.lineTo(px[row], py[row]);
      else if (sound) found.moveTo(px[row], py[row]);
      down = sound;
    }
    return found;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Scale} ys
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
    for (const { values, colour, dashed } of this.options.series) {
      if (dashed === true) continue;
      const y = ys.to(values[this.row]);
      if (!Number.isFinite(y)) continue;
      context.fillStyle = named(colour);
      context.beginPath();
      context.arc(x, Math.min(Math.max(y, MARGIN.top), bottom), 4.5, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

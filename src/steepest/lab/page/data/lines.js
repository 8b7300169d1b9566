// Curves with places of their own along x, such as the losses of several runs; each shows where it stands now.

import { drawAxes, drawNames } from "steepest/axes.js";
import { named } from "steepest/colours.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { envelope } from "steepest/simplify.js";
import { seeking } from "steepest/seeking.js";
import { Surface } from "steepest/surface.js";

/**
 * @typedef {object} Line
 * @property {string} name
 * @property {string} colour
 * @property {ArrayLike<number>} x  increasing
 * @property {ArrayLike<number>} y
 * @property {boolean} dashed
 * @property {number} at            the point that is shown; -1 for none
 * @typedef {object} Drawing
 * @property {string} title
 * @property {string} xlabel
 * @property {Line[]} lines
 * @property {boolean} log
 * @property {boolean} along  whether the axis along is logarithmic; what is at 0 then stands at its left end
 */

const MARGIN = { left: 62, right: 26, top: 30, bottom: 36 };
const DECADES = 24; // on a log axis
const FLOWN = 100; // times the highest start: what lies above has flown off and is cut

export class Lines {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ onSeek: (x: number) => void }} options
   */
  constructor(canvas, options) {
    /** @type {Drawing} */
    this.drawing = { title: "", xlabel: "", lines: [], log: false, along: false };
    this.xs = scaleOf(0, 1, 0, 1);
    this.surface = new Surface(canvas, (context, width, height) => this.draw(context, width, height));
    seeking(canvas, (x) => options.onSeek(this.xs.from(x)));
  }

  /** @param {Drawing} drawing */
  show(drawing) {
    this.drawing = drawing;
    this.surface.ask();
  }

  /** The ends of what is drawn, and whether they can be on a log axis. */
  range() {
    const { lines } = this.drawing;
    let low = Infinity, high = -Infinity, positive = Infinity, across = 0, first = Infinity, start = 0;
    for (const { x, y } of lines) {
      if (x.length > 0) across = Math.max(across, x[x.length - 1]);
      if (x.length > 1) first = Math.min(first, x[0] > 0 ? x[0] : x[1]);
      if (y[0] > start && Number.isFinite(y[0])) start = y[0];
      for (let i = 0; i < y.length; i++) {
        if (!Number.isFinite(y[i])) continue;
        low = Math.min(low, y[i]);
        high = Math.max(high, y[i]);
        if (y[i] > 0) positive = Math.min(positive, y[i]);
      }
    }
    if (!Number.isFinite(low)) return { low: 0, high: 1, log: false, left: 0, across: across || 1 };
    const log = this.drawing.log && low >= 0 && Number.isFinite(positive);
    if (start > 0 && high > FLOWN * start) high = (log ? FLOWN : 3) * start;
    if (log) low = Math.max(positive, high / 10 ** DECADES);
    else if (low > 0 && low < high) low = 0;
    if (low >= high) [low, high] = log ? [low / 2, low * 2] : [low - 0.5, low + 0.5];
    const left = this.drawing.along && first > 0 && first < across ? first : 0;
    return { low, high, log, left, across: across || 1 };
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    const { low, high, log, left, across } = this.range();
    this.xs = scaleOf(left, across, MARGIN.left, right, left > 0);
    const ys = scaleOf(low, high, bottom - 4, MARGIN.top + 6, log);
    drawAxes(context, this.xs, ys, { left: MARGIN.left, right, bottom }, {
      across: ticksOf(this.xs, 4), up: ticksOf(ys, 4), digits: { across: 6, up: 3 },
    });
    drawNames(context, this.drawing.title, this.drawing.xlabel, right, height);
    context.save();
    context.beginPath();
    context.rect(MARGIN.left - 2, MARGIN.top, right - MARGIN.left + 4, bottom - MARGIN.top + 2);
    context.clip();
    for (const line of this.drawing.lines) this.line(context, line, ys);
    context.restore();
    for (const line of this.drawing.lines) this.mark(context, line, ys, bottom);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Line} line
   * @param {import("steepest/scales.js").Scale} ys
   */
  line(context, line, ys) {
    const px = Array.from(line.x, (value) => pixelOf(this.xs, value));
    const py = Array.from(line.y, (value) => pixelOf(ys, value));
    context.strokeStyle = named(line.colour);
    context.lineWidth = 1.9;
    context.lineJoin = "round";
    context.setLineDash(line.dashed ? [6, 4] : []);
    context.beginPath();
    let down = false;
    for (const k of envelope(px, py)) {
      const sound = Number.isFinite(py[k]);
      if (sound && down) context.lineTo(px[k], py[k]);
      else if (sound) context.moveTo(px[k], py[k]);
      down = sound;
    }
    context.stroke();
    context.setLineDash([]);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Line} line
   * @param {import("steepest/scales.js").Scale} ys
   * @param {number} bottom
   */
  mark(context, line, ys, bottom) {
    if (line.at < 0 || line.at >= line.y.length) return;
    const y = pixelOf(ys, line.y[line.at]);
    if (!Number.isFinite(y)) return;
    context.beginPath();
    context.arc(pixelOf(this.xs, line.x[line.at]), Math.min(Math.max(y, MARGIN.top), bottom), 4.5, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = named(line.colour);
    context.fillStyle = named(line.dashed ? "card" : line.colour);
    context.fill();
    context.stroke();
  }
}

/**
 * Where a value is drawn; 0 at the low end of a log axis.
 * @param {import("steepest/scales.js").Scale} scale
 * @param {number} value
 */
function pixelOf(scale, value) {
  return scale.to(scale.log && value === 0 ? scale.domain[0] : value);
}

/**
 * The last of increasing places that is not beyond `at`.
 * @param {ArrayLike<number>} places
 * @param {number} at
 */
export function placeOf(places, at) {
  let low = 0, high = places.length - 1;
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if (places[half] <= at) low = half;
    else high = half - 1;
  }
  return low;
}

/**
 * The nearest of increasing places.
 * @param {ArrayLike<number>} places
 * @param {number} at
 */
export function nearestOf(places, at) {
  const low = placeOf(places, at), high = Math.min(low + 1, places.length - 1);
  return at - places[low] <= places[high] - at ? low : high;
}

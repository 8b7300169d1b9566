// The ground under a path: f as colour and as lines of equal value.

import { along, groundStops, named, parsed } from "steepest/colours.js";
import { segments } from "steepest/contours.js";

/**
 * @typedef {import("steepest/scales.js").Scale} Scale
 * @typedef {object} GroundData
 * @property {[number, number]} x  ends of the grid
 * @property {[number, number]} y
 * @property {number} columns
 * @property {number} rows
 * @property {ArrayLike<number>} values
 * @property {number[]} levels  of f, in order of depth
 * @property {number} floor     what depth is measured from
 * @property {boolean} log      whether levels are spaced in equal ratios of depth
 * @property {number} sign      -1 where f is climbed
 */

const TINT = 0.47; // how deep colours go, so that the path stays the darkest thing

export class Ground {
  /** @param {GroundData} data */
  constructor(data) {
    this.data = data;
    const { columns, rows, values } = data;
    this.lines = data.levels.map((level) => segments({ columns, rows, values }, level));
    this.depths = data.levels.map((level) => this.depth(level));
    /** @type {{ canvas: HTMLCanvasElement, key: string } | null} */
    this.image = null;
  }

  /** @param {number} f */
  depth(f) {
    const above = this.data.sign * (f - this.data.floor);
    return this.data.log ? Math.log(Math.max(above, Number.MIN_VALUE)) : above;
  }

  /**
   * How far along the colours a value is, by its place among the levels.
   * @param {number} f
   */
  shade(f) {
    const at = this.depth(f), depths = this.depths, last = depths.length - 1;
    if (last < 1) return 0.3 * TINT;
    if (!(at > depths[0])) return 0;
    if (at >= depths[last]) return TINT;
    let k = 0;
    while (depths[k + 1] < at) k += 1;
    const part = (at - depths[k]) / (depths[k + 1] - depths[k] || 1);
    return (TINT * (k + 1 + part)) / (last + 1);
  }

  /**
   * f between the points of the grid; NaN outside of it.
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    const { columns, rows, values } = this.data;
    const u = ((x - this.data.x[0]) / (this.data.x[1] - this.data.x[0])) * (columns - 1);
    const v = ((y - this.data.y[0]) / (this.data.y[1] - this.data.y[0])) * (rows - 1);
    if (!(u >= 0 && v >= 0 && u <= columns - 1 && v <= rows - 1)) return NaN;
    const i = Math.min(Math.floor(u), columns - 2), j = Math.min(Math.floor(v), rows - 2);
    const a = u - i, b = v - j, k = j * columns + i;
    return (1 - b) * ((1 - a) * values[k] + a * values[k + 1])
      + b * ((1 - a) * values[k + columns] + a * values[k + columns + 1]);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Scale} xs
   * @param {Scale} ys
   */
  draw(context, xs, ys) {
    const { x, y, columns, rows } = this.data;
    context.save();
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const left = xs.to(x[0]), right = xs.to(x[1]), bottom = ys.to(y[0]), top = ys.to(y[1]);
    const dx = (right - left) / (columns - 1), dy = (bottom - top) / (rows - 1);
    context.drawImage(this.painted(), left - dx / 2, top - dy / 2, right - left + dx, bottom - top + dy);
    context.strokeStyle = named("contour");
    context.lineWidth = 0.8;
    for (const line of this.lines) {
      context.beginPath();
      for (let i = 0; i < line.length; i += 4) {
        context.moveTo(left + line[i] * dx, bottom - line[i + 1] * dy);
        context.lineTo(left + line[i + 2] * dx, bottom - line[i + 3] * dy);
      }
      context.stroke();
    }
    context.restore();
  }

  /** The grid's colours, a pixel a point; made anew where the page's colours change. */
  painted() {
    const key = named("ground");
    if (this.image !== null && this.image.key === key) return this.image.canvas;
    const { columns, rows, values } = this.data;
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const pixels = context.createImageData(columns, rows);
    const stops = groundStops(), nothing = parsed(named("no-value"));
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const f = values[(rows - 1 - j) * columns + i];
        const [r, g, b] = Number.isFinite(f) ? along(stops, this.shade(f)) : nothing;
        pixels.data.set([r, g, b, 255], 4 * (j * columns + i));
      }
    }
    context.putImageData(pixels, 0, 0);
    this.image = { canvas, key };
    return canvas;
  }
}

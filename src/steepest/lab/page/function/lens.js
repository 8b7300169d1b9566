// A ground over a window as a surface in three dimensions, and paths laid over it: what Plotly draws.

import { groundStops, named } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { rowsToDraw } from "steepest/simplify.js";

/** @typedef {[number, number]} Ends */

const SIDE = 90; // points of the surface a side
const MOST = 3000; // points of a path
const WIDE = 700; // pixels for which a path is thinned

/** Heights are f, or its logarithm where the ground's levels are spaced by it. */
export class Lens {
  /**
   * @param {import("steepest/ground.js").Ground} ground
   * @param {import("steepest/stage.js").View} window
   */
  constructor(ground, window) {
    const { log, floor, levels } = ground.data;
    this.ground = ground;
    this.window = window;
    this.log = log;
    this.floor = floor;
    this.least = log ? Math.log10(Math.abs(levels[0] - floor)) - 0.7 : -Infinity;
    this.title = log ? (floor === 0 ? "f" : `f above ${number(floor)}`) : "f";
    this.x = spaced(window.x);
    this.y = spaced(window.y);
    const f = this.y.map((y) => this.x.map((x) => ground.at(x, y)));
    this.z = f.map((row) => row.map((value) => this.height(value)));
    this.shades = f.map((row) => row.map((value) => ground.shade(value)));
    const known = this.z.flat().filter(Number.isFinite);
    this.low = Math.min(...known);
    this.high = Math.max(...known);
  }

  /** @param {number} f */
  height(f) {
    return this.log ? Math.max(Math.log10(Math.max(this.ground.data.sign * (f - this.floor), 0)), this.least) : f;
  }

  surface() {
    const stops = groundStops(), last = stops.length - 1;
    return {
      type: "surface", x: this.x, y: this.y, z: this.z, surfacecolor: this.shades, cmin: 0, cmax: 1,
      showscale: false, opacity: 0.85,
      colorscale: stops.map((rgb, k) => [k / last, `rgb(${rgb.join()})`]), hoverinfo: "skip",
      lighting: { ambient: 0.85, diffuse: 0.35, specular: 0.03, roughness: 0.9 },
      contours: { z: {
        show: true, color: named("muted"), width: 1, highlight: false, start: this.low, end: this.high,
        size: (this.high - this.low) / 14 || 1,
      } },
    };
  }

  /**
   * The height of the surface as it is drawn; NaN beside it.
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    const along = (/** @type {number} */ value, /** @type {Ends} */ [low, high]) =>
      ((SIDE - 1) * (value - low)) / (high - low);
    const u = along(x, this.window.x), v = along(y, this.window.y);
    if (!(u >= 0 && v >= 0 && u <= SIDE - 1 && v <= SIDE - 1)) return NaN;
    const i = Math.min(Math.floor(u), SIDE - 2), j = Math.min(Math.floor(v), SIDE - 2), a = u - i, b = v - j;
    const { z } = this;
    return (1 - b) * ((1 - a) * z[j][i] + a * z[j][i + 1]) + b * ((1 - a) * z[j + 1][i] + a * z[j + 1][i + 1]);
  }

  /**
   * Points laid over the surface; between two of them so many more that the line does not dip under it.
   * @param {import("steepest/stage.js").Path} path
   * @param {number[]} rows
   */
  laid({ x, y }, rows) {
    /** @type {{ x: number[], y: number[], z: (number | null)[] }} */
    const found = { x: [], y: [], z: [] };
    const wide = this.window.x[1] - this.window.x[0], high = this.window.y[1] - this.window.y[0];
    const lift = 0.012 * (this.high - this.low), finest = Math.max(1, Math.floor(MOST / rows.length));
    const put = (/** @type {number} */ px, /** @type {number} */ py) => {
      const z = this.at(px, py);
      found.x.push(px);
      found.y.push(py);
      found.z.push(Number.isFinite(z) ? z + lift : null);
    };
    rows.forEach((row, k) => {
      const from = k === 0 ? row : rows[k - 1], dx = x[row] - x[from], dy = y[row] - y[from];
      const length = Math.max(Math.abs(dx) / wide, Math.abs(dy) / high);
      const parts = Math.min(finest, Math.ceil(SIDE * length) || 1);
      for (let part = 1; part <= parts; part++) put(x[from] + (part / parts) * dx, y[from] + (part / parts) * dy);
    });
    return found;
  }

  /**
   * The whole path pale, the path up to the row, and the point at it.
   * @param {import("steepest/stage.js").Path} path
   * @param {number} row
   */
  path(path, row) {
    const here = Math.min(row, path.x.length - 1), colour = named(path.colour);
    const scaled = (/** @type {Float64Array} */ at, /** @type {Ends} */ [low, high]) =>
      at.map((value) => (WIDE * (value - low)) / (high - low));
    const rows = [...rowsToDraw(scaled(path.x, this.window.x), scaled(path.y, this.window.y), 1.5, MOST)];
    const marker = { color: colour, size: 6, line: { color: named("paper"), width: 1 } };
    const line = { type: "scatter3d", mode: "lines", hoverinfo: "skip" };
    return [
      { ...line, ...this.laid(path, rows), line: { color: colour, width: 2 }, opacity: 0.35 },
      { ...line, ...this.laid(path, [...rows.filter((k) => k < here), here]), line: { color: colour, width: 6 } },
      { ...line, ...this.laid(path, [here]), mode: "markers", marker },
    ];
  }

  /** Powers of ten where heights are logarithms. */
  ticks() {
    if (!this.log) return { nticks: 5 };
    const first = Math.ceil(this.low), last = Math.floor(this.high), powers = [];
    const stride = Math.max(1, Math.ceil((last - first) / 5));
    for (let power = first; power <= last; power += stride) powers.push(power);
    return { tickvals: powers, ticktext: powers.map((power) => number(10 ** power, 3)) };
  }
}

/** @param {[number, number]} ends */
function spaced([low, high]) {
  return Array.from({ length: SIDE }, (_, k) => low + ((high - low) * k) / (SIDE - 1));
}

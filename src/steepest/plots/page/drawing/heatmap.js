// A number for each pair of two hyper-parameters as colour, runs that failed hatched, theory's boundary over it.

import { along, groundStops, lettering, named } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { Layer } from "steepest/layer.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { Surface } from "steepest/surface.js";

/**
 * @typedef {object} Axis
 * @property {string} label
 * @property {number[]} values  increasing
 * @property {boolean} log
 * @typedef {object} Cells
 * @property {Axis} x
 * @property {Axis} y
 * @property {ArrayLike<number>} values   (y * x), NaN where there is none
 * @property {string[]} failures          (y * x), "" where the run has a value
 * @property {string} label               what the values are
 * @property {boolean} log                whether colours are logarithmic
 * @property {{ x: number[], y: number[], label: string } | null} boundary
 * @typedef {object} Place
 * @property {number} x
 * @property {number} y
 * @property {number} cell  the nearest cell's index
 */

const MARGIN = { left: 58, right: 14, top: 34, bottom: 42 };
/** @type {Record<string, [number, number]>} direction of each failure's hatching, in pixels */
const HATCH = { DIVERGED: [6, -6], NOT_FINITE: [6, 6], UNBOUNDED: [0, 6] };

export class HeatMap {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ onPick: (place: Place) => void, say: (text: string) => void, snap?: boolean }} options
   *   `snap`: only the cells themselves can be picked
   */
  constructor(canvas, options) {
    this.canvas = canvas;
    this.options = options;
    /** @type {Cells | null} */
    this.cells = null;
    /** @type {{ x: number, y: number, colour: string }[]} */
    this.points = [];
    this.below = new Layer();
    this.xs = scaleOf(0, 1, 0, 1);
    this.ys = scaleOf(0, 1, 1, 0);
    this.surface = new Surface(canvas, (context, width, height) => this.draw(context, width, height));
    let held = false;
    canvas.addEventListener("pointerdown", (event) => {
      held = true;
      canvas.setPointerCapture(event.pointerId);
      this.pick(event.offsetX, event.offsetY);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held) this.pick(event.offsetX, event.offsetY);
      else this.tell(event.offsetX, event.offsetY);
    });
    canvas.addEventListener("pointerup", () => (held = false));
    canvas.addEventListener("pointercancel", () => (held = false));
    canvas.addEventListener("pointerleave", () => options.say(""));
    canvas.addEventListener("keydown", (event) => this.move(event));
  }

  /** Nothing to show. */
  clear() {
    this.cells = null;
    this.surface.ask();
  }

  /** @param {Cells} cells */
  show(cells) {
    this.cells = cells;
    this.surface.ask();
  }

  /**
   * From cell to cell by the arrow keys.
   * @param {KeyboardEvent} event
   */
  move(event) {
    /** @type {Record<string, [number, number]>} */
    const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const by = keys[event.key];
    if (by === undefined || this.cells === null) return;
    event.preventDefault();
    const { x, y } = this.cells, at = this.points[0];
    const i = at === undefined ? 0 : clamped(nearest(x, at.x) + by[0], x.values.length);
    const j = at === undefined ? 0 : clamped(nearest(y, at.y) + by[1], y.values.length);
    this.options.onPick({ x: x.values[i], y: y.values[j], cell: j * x.values.length + i });
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {Place | null}
   */
  placeAt(px, py) {
    if (this.cells === null) return null;
    const { x, y } = this.cells;
    const [left, right] = this.xs.domain, [low, high] = this.ys.domain;
    const at = {
      x: Math.min(Math.max(this.xs.from(px), left), right),
      y: Math.min(Math.max(this.ys.from(py), low), high),
    };
    const i = nearest(x, at.x), j = nearest(y, at.y), cell = j * x.values.length + i;
    return this.options.snap === true ? { x: x.values[i], y: y.values[j], cell } : { ...at, cell };
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  pick(px, py) {
    const place = this.placeAt(px, py);
    if (place !== null) this.options.onPick(place);
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  tell(px, py) {
    const place = this.placeAt(px, py);
    if (place === null || this.cells === null) return;
    const { x, y, values, failures, label } = this.cells, width = x.values.length;
    const i = place.cell % width, j = Math.floor(place.cell / width);
    const what = failures[place.cell] || `${label} ${number(values[place.cell])}`;
    this.options.say(`${x.label} ${number(x.values[i])}   ${y.label} ${number(y.values[j])}   ${what}`);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    if (this.cells === null) return;
    const { x, y } = this.cells, right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    const ex = edges(x), ey = edges(y);
    this.xs = scaleOf(ex[0], ex[ex.length - 1], MARGIN.left, right, x.log);
    this.ys = scaleOf(ey[0], ey[ey.length - 1], bottom, MARGIN.top, y.log);
    const { cells } = this;
    this.below.draw(context, cells, [named("ground"), named("ink")].join(), (own) => {
      this.drawCells(own, cells, ex.map(this.xs.to), ey.map(this.ys.to));
      own.save();
      own.beginPath();
      own.rect(MARGIN.left, MARGIN.top, right - MARGIN.left, bottom - MARGIN.top);
      own.clip();
      if (cells.boundary !== null) this.drawBoundary(own, cells.boundary);
      own.restore();
      this.drawAxes(own, cells, right, bottom);
    });
    for (const point of this.points) this.drawPoint(context, point, right, bottom);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Cells} cells
   * @param {number[]} px  edges in pixels
   * @param {number[]} py
   */
  drawCells(context, cells, px, py) {
    const { values, failures } = cells, columns = px.length - 1, shade = shadeOf(cells), stops = groundStops();
    /** @type {Map<string, Path2D>} */
    const failed = new Map();
    for (let cell = 0; cell < failures.length; cell++) {
      const i = cell % columns, j = Math.floor(cell / columns);
      const left = px[i], top = py[j + 1], wide = px[i + 1] - left, high = py[j] - top;
      if (failures[cell] === "" && Number.isFinite(values[cell])) {
        const [r, g, b] = along(stops, shade(values[cell]));
        context.fillStyle = `rgb(${r} ${g} ${b})`;
        context.fillRect(left, top, wide + 0.6, high + 0.6);
      } else {
        const name = failures[cell] || "no value";
        if (!failed.has(name)) failed.set(name, new Path2D());
        failed.get(name)?.rect(left, top, wide + 0.3, high + 0.3);
      }
    }
    for (const [name, area] of failed) {
      context.save();
      context.fillStyle = named("failed");
      context.fill(area);
      context.clip(area);
      hatched(context, HATCH[name] ?? [6, 0], px[0], py[py.length - 1], px[px.length - 1], py[0]);
      context.restore();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ x: number[], y: number[], label: string }} boundary
   */
  drawBoundary(context, boundary) {
    for (const [colour, wide, dash] of /** @type {[string, number, number[]][]} */ (
      [["halo", 4, []], ["ink", 1.8, [6, 4]]])) {
      context.strokeStyle = named(colour);
      context.lineWidth = wide;
      context.setLineDash(dash);
      context.beginPath();
      boundary.x.forEach((x, k) => context.lineTo(this.xs.to(x), this.ys.to(boundary.y[k])));
      context.stroke();
    }
    context.setLineDash([]);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ x: number, y: number, colour: string }} point
   * @param {number} right
   * @param {number} bottom
   */
  drawPoint(context, point, right, bottom) {
    const x = Math.min(Math.max(this.xs.to(point.x), MARGIN.left), right);
    const y = Math.min(Math.max(this.ys.to(point.y), MARGIN.top), bottom);
    for (const [radius, colour] of /** @type {[number, string][]} */ (
      [[8.5, "halo"], [6.5, point.colour], [2.6, "paper"]])) {
      context.fillStyle = named(colour);
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Cells} cells
   * @param {number} right
   * @param {number} bottom
   */
  drawAxes(context, cells, right, bottom) {
    context.font = lettering(12);
    context.fillStyle = named("muted");
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticksOf(this.xs, 5)) context.fillText(number(tick, 4), this.xs.to(tick), bottom + 5);
    context.fillText(cells.x.label, (MARGIN.left + right) / 2, bottom + 22);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of cells.y.label === "" ? [] : ticksOf(this.ys, 5)) {
      context.fillText(number(tick, 4), MARGIN.left - 6, this.ys.to(tick));
    }
    context.save();
    context.translate(12, (MARGIN.top + bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(cells.y.label, 0, 0);
    context.restore();
    this.drawKey(context, cells, right);
  }

  /**
   * What the colours mean, above the map.
   * @param {CanvasRenderingContext2D} context
   * @param {Cells} cells
   * @param {number} right
   */
  drawKey(context, cells, right) {
    const { low, high } = limits(cells), wide = Math.min(120, (right - MARGIN.left) / 3);
    const stops = groundStops(), left = right - wide;
    for (let k = 0; k < wide; k++) {
      const [r, g, b] = along(stops, k / wide);
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect(left + k, 6, 1.5, 9);
    }
    context.fillStyle = named("muted");
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText(number(low, 3), left, 18);
    context.textAlign = "right";
    context.fillText(number(high, 3), right, 18);
    context.fillStyle = named("ink");
    context.font = lettering(13, 600);
    context.textAlign = "left";
    context.fillText(cells.label, 4, 5);
  }
}

/**
 * Lines across a rectangle, one direction for each kind of failure.
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} by
 * @param {number} left
 * @param {number} top
 * @param {number} right
 * @param {number} bottom
 */
function hatched(context, by, left, top, right, bottom) {
  context.strokeStyle = named("hatch");
  context.lineWidth = 1;
  context.beginPath();
  const size = Math.max(right - left, bottom - top) * 2;
  for (let k = -size; k < size; k += 7) {
    const [x, y] = by[0] === 0 ? [left + k, top] : [left, top + k];
    context.moveTo(x, y);
    context.lineTo(x + (by[0] === 0 ? 0 : size), y + (by[0] === 0 ? size : (size * by[1]) / by[0]));
  }
  context.stroke();
}

/**
 * The borders of an axis's cells, half-way between its values.
 * @param {Axis} axis
 * @returns {number[]}
 */
export function edges(axis) {
  const at = axis.log ? axis.values.map(Math.log10) : axis.values;
  const back = (/** @type {number} */ v) => (axis.log ? 10 ** v : v);
  if (at.length === 1) return [back(at[0] - 0.5), back(at[0] + 0.5)];
  const inner = at.slice(1).map((value, k) => (value + at[k]) / 2), last = at.length - 1;
  return [at[0] - (inner[0] - at[0]), ...inner, at[last] + (at[last] - inner[last - 1])].map(back);
}

/**
 * The index of the value nearest to `at`.
 * @param {Axis} axis
 * @param {number} at
 */
export function nearest(axis, at) {
  const place = (/** @type {number} */ v) => (axis.log ? Math.log10(v) : v);
  let best = 0;
  axis.values.forEach((value, k) => {
    if (Math.abs(place(value) - place(at)) < Math.abs(place(axis.values[best]) - place(at))) best = k;
  });
  return best;
}

/**
 * @param {number} k
 * @param {number} size
 */
function clamped(k, size) {
  return Math.min(Math.max(k, 0), size - 1);
}

/**
 * The ends of the colours: those of runs that have a value.
 * @param {Cells} cells
 */
export function limits(cells) {
  let low = Infinity, high = -Infinity;
  for (let k = 0; k < cells.failures.length; k++) {
    const value = cells.values[k];
    if (cells.failures[k] !== "" || !Number.isFinite(value) || (cells.log && !(value > 0))) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!Number.isFinite(low)) return { low: cells.log ? 1 : 0, high: cells.log ? 10 : 1 };
  if (low === high) return cells.log ? { low: low / 2, high: high * 2 } : { low: low - 0.5, high: high + 0.5 };
  return { low, high };
}

/**
 * @param {Cells} cells
 * @returns {(value: number) => number}
 */
function shadeOf(cells) {
  const { low, high } = limits(cells), at = cells.log ? Math.log : (/** @type {number} */ v) => v;
  return (value) => (at(cells.log ? Math.max(value, low) : value) - at(low)) / (at(high) - at(low));
}

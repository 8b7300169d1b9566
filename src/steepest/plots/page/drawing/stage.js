// The map: the ground, the paths over it up to the row that is shown, and the arrows at that row.

import { named } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { rowsToDraw } from "steepest/simplify.js";
import { Surface } from "steepest/surface.js";

/**
 * @typedef {import("steepest/scales.js").Scale} Scale
 * @typedef {import("steepest/ground.js").Ground} Ground
 * @typedef {object} Path
 * @property {string} name
 * @property {string} colour  the name of a colour of the page
 * @property {Float64Array} x  (rows,)
 * @property {Float64Array} y
 * @typedef {object} Arrow
 * @property {string} name
 * @property {string} colour
 * @property {[number, number]} from
 * @property {[number, number]} by
 * @typedef {[number, number]} Ends
 * @typedef {object} View
 * @property {Ends} x
 * @property {Ends} y
 */

const MARGIN = { left: 58, right: 14, top: 12, bottom: 42 };
const FEW = 60; // rows up to which each has a dot

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ labels: [string, string], view: View, equal: boolean, say: (text: string) => void, still?: boolean,
   *   onStart?: (x: number, y: number) => void }} options
   *   `equal`: both axes in one unit; `say` gets what is under the pointer; `still`: a small picture without axes that
   *   does not move; `onStart` gets where the start is dragged to
   */
  constructor(canvas, options) {
    this.canvas = canvas;
    this.labels = options.labels;
    this.home = options.view;
    this.view = copied(options.view);
    this.equal = options.equal;
    this.say = options.say;
    this.still = options.still === true;
    this.onStart = options.onStart;
    /** @type {Ground | null} */
    this.ground = null;
    /** @type {Path[]} */
    this.paths = [];
    /** @type {Arrow[]} */
    this.arrows = [];
    /** @type {[number, number][]} */
    this.minima = [];
    /** @type {{ x: Float64Array, y: Float64Array } | null} */
    this.curve = null;
    this.row = 0;
    this.xs = scaleOf(0, 1, 0, 1);
    this.ys = scaleOf(0, 1, 1, 0);
    this.surface = new Surface(canvas, (context, width, height) => this.draw(context, width, height));
    if (!this.still) this.listen();
  }

  /** Pan by dragging or arrow keys, zoom by wheel, + and -; 0 goes back. */
  listen() {
    /** @type {{ x: number, y: number } | null} */
    let held = null;
    let starting = false;
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => {
      held = { x: event.offsetX, y: event.offsetY };
      starting = this.onStart !== undefined && !event.shiftKey;
      canvas.setPointerCapture(event.pointerId);
      if (starting) this.onStart?.(this.xs.from(event.offsetX), this.ys.from(event.offsetY));
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (held = null));
    canvas.addEventListener("pointermove", (event) => {
      const x = this.xs.from(event.offsetX), y = this.ys.from(event.offsetY);
      if (held !== null && starting) this.onStart?.(x, y);
      else if (held !== null) {
        this.pan(this.xs.from(held.x) - x, this.ys.from(held.y) - y);
        held = { x: event.offsetX, y: event.offsetY };
      }
      const f = this.ground === null ? NaN : this.ground.at(x, y);
      const value = Number.isFinite(f) ? `   f about ${number(f)}` : "";
      this.say(`${this.labels[0]} ${number(x)}   ${this.labels[1]} ${number(y)}${value}`);
    });
    canvas.addEventListener("pointerleave", () => this.say(""));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(0.0015 * event.deltaY), this.xs.from(event.offsetX), this.ys.from(event.offsetY));
    }, { passive: false });
    canvas.addEventListener("dblclick", () => this.reset());
    canvas.addEventListener("keydown", (event) => {
      const width = this.view.x[1] - this.view.x[0], height = this.view.y[1] - this.view.y[0];
      /** @type {Record<string, () => void>} */
      const keys = {
        ArrowLeft: () => this.pan(-0.1 * width, 0), ArrowRight: () => this.pan(0.1 * width, 0),
        ArrowUp: () => this.pan(0, 0.1 * height), ArrowDown: () => this.pan(0, -0.1 * height),
        "+": () => this.zoom(0.8), "=": () => this.zoom(0.8), "-": () => this.zoom(1.25), 0: () => this.reset(),
      };
      const act = keys[event.key];
      if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      act();
    });
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.view = { x: about(this.view.x, 0, 1, dx), y: about(this.view.y, 0, 1, dy) };
    this.surface.ask();
  }

  /**
   * @param {number} factor  below 1 comes nearer
   * @param {number} [x]     the point that stays where it is
   * @param {number} [y]
   */
  zoom(factor, x = middle(this.view.x), y = middle(this.view.y)) {
    this.view = { x: about(this.view.x, x, factor), y: about(this.view.y, y, factor) };
    this.surface.ask();
  }

  reset() {
    this.view = copied(this.home);
    this.surface.ask();
  }

  /** @param {number} row */
  show(row) {
    this.row = row;
    this.surface.ask();
  }

  /**
   * How long a vector is on the screen.
   * @param {[number, number]} by
   */
  pixels(by) {
    return Math.hypot(this.xs.to(by[0]) - this.xs.to(0), this.ys.to(by[1]) - this.ys.to(0));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    const margin = this.still ? { left: 0, right: 0, top: 0, bottom: 0 } : MARGIN;
    const inner = {
      left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom,
    };
    const [x, y] = this.shown(inner);
    this.xs = scaleOf(x[0], x[1], inner.left, inner.right);
    this.ys = scaleOf(y[0], y[1], inner.bottom, inner.top);
    context.save();
    context.beginPath();
    context.rect(inner.left, inner.top, inner.right - inner.left, inner.bottom - inner.top);
    context.clip();
    if (this.ground !== null) this.ground.draw(context, this.xs, this.ys);
    if (this.curve !== null) this.drawCurve(context, this.curve);
    for (const minimum of this.minima) this.drawMinimum(context, minimum);
    for (const path of this.paths) this.drawPath(context, path);
    for (const arrow of this.arrows) this.drawArrow(context, arrow);
    for (const path of this.paths) this.drawEnds(context, path);
    context.restore();
    if (!this.still) this.drawAxes(context, inner);
  }

  /**
   * The window, widened where both axes have one unit.
   * @param {{ left: number, right: number, top: number, bottom: number }} inner
   * @returns {[Ends, Ends]}
   */
  shown(inner) {
    const { x, y } = this.view;
    if (!this.equal) return [x, y];
    const wide = (x[1] - x[0]) / (inner.right - inner.left), high = (y[1] - y[0]) / (inner.bottom - inner.top);
    const unit = Math.max(wide, high);
    const grown = (/** @type {[number, number]} */ ends, /** @type {number} */ pixels) => {
      const half = (unit * pixels) / 2, at = middle(ends);
      return /** @type {[number, number]} */ ([at - half, at + half]);
    };
    return [grown(x, inner.right - inner.left), grown(y, inner.bottom - inner.top)];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ x: Float64Array, y: Float64Array }} curve
   */
  drawCurve(context, curve) {
    context.strokeStyle = named("curve");
    context.lineWidth = 2;
    line(context, curve.x.map(this.xs.to), curve.y.map(this.ys.to));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Path} path
   */
  drawPath(context, path) {
    const px = path.x.map(this.xs.to), py = path.y.map(this.ys.to);
    const rows = rowsToDraw(px, py), colour = named(path.colour);
    const here = Math.min(this.row, path.x.length - 1);
    const past = rows.filter((row) => row <= here);
    const way = [...past, ...(past[past.length - 1] === here ? [] : [here])];
    context.lineJoin = "round";
    context.strokeStyle = colour;
    context.globalAlpha = 0.28;
    context.lineWidth = 1.6;
    line(context, picked(px, rows), picked(py, rows));
    context.globalAlpha = 1;
    context.strokeStyle = named("halo");
    context.lineWidth = 4.4;
    line(context, picked(px, way), picked(py, way));
    context.strokeStyle = colour;
    context.lineWidth = 2.2;
    line(context, picked(px, way), picked(py, way));
    if (path.x.length <= FEW) for (const row of way) dot(context, px[row], py[row], 3.2, colour);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Path} path
   */
  drawEnds(context, path) {
    const here = Math.min(this.row, path.x.length - 1);
    const at = (/** @type {number} */ row) =>
      /** @type {[number, number]} */ ([this.xs.to(path.x[row]), this.ys.to(path.y[row])]);
    const [x0, y0] = at(0), [x, y] = at(here);
    context.lineWidth = 2;
    context.strokeStyle = named(path.colour);
    context.fillStyle = named("paper");
    context.beginPath();
    context.rect(x0 - 4.5, y0 - 4.5, 9, 9);
    context.fill();
    context.stroke();
    dot(context, x, y, 8, named("halo"));
    dot(context, x, y, 6, named(path.colour));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {[number, number]} at
   */
  drawMinimum(context, at) {
    const x = this.xs.to(at[0]), y = this.ys.to(at[1]);
    context.strokeStyle = named("ink");
    context.lineWidth = 1.8;
    context.beginPath();
    context.moveTo(x - 5, y - 5);
    context.lineTo(x + 5, y + 5);
    context.moveTo(x - 5, y + 5);
    context.lineTo(x + 5, y - 5);
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Arrow} arrow
   */
  drawArrow(context, arrow) {
    const x = this.xs.to(arrow.from[0]), y = this.ys.to(arrow.from[1]);
    const dx = this.xs.to(arrow.from[0] + arrow.by[0]) - x, dy = this.ys.to(arrow.from[1] + arrow.by[1]) - y;
    const length = Math.hypot(dx, dy);
    if (!(length > 1)) return;
    const [ux, uy] = [dx / length, dy / length], head = Math.min(9, 0.6 * length);
    for (const { colour, extra } of [{ colour: "halo", extra: 2.4 }, { colour: arrow.colour, extra: 0 }]) {
      context.strokeStyle = context.fillStyle = named(colour);
      context.lineWidth = 2.4 + extra;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x + dx - 0.7 * head * ux, y + dy - 0.7 * head * uy);
      context.stroke();
      context.beginPath();
      context.moveTo(x + dx + extra * 0.4 * ux, y + dy + extra * 0.4 * uy);
      context.lineTo(x + dx - head * ux - 0.5 * head * uy, y + dy - head * uy + 0.5 * head * ux);
      context.lineTo(x + dx - head * ux + 0.5 * head * uy, y + dy - head * uy - 0.5 * head * ux);
      context.closePath();
      context.fill();
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ left: number, right: number, top: number, bottom: number }} inner
   */
  drawAxes(context, inner) {
    context.strokeStyle = named("rule");
    context.lineWidth = 1;
    context.strokeRect(inner.left + 0.5, inner.top + 0.5, inner.right - inner.left - 1, inner.bottom - inner.top - 1);
    context.fillStyle = named("muted");
    context.font = `12px ${named("type")}`;
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticksOf(this.xs, 6)) {
      const x = this.xs.to(tick);
      if (x < inner.left - 1 || x > inner.right + 1) continue;
      context.fillRect(x - 0.5, inner.bottom, 1, 4);
      context.fillText(number(tick, 6), x, inner.bottom + 6);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticksOf(this.ys, 6)) {
      const y = this.ys.to(tick);
      if (y < inner.top - 1 || y > inner.bottom + 1) continue;
      context.fillRect(inner.left - 4, y - 0.5, 4, 1);
      context.fillText(number(tick, 6), inner.left - 7, y);
    }
    context.fillStyle = named("ink");
    context.font = `13px ${named("type")}`;
    context.textAlign = "center";
    context.textBaseline = "bottom";
    context.fillText(this.labels[0], (inner.left + inner.right) / 2, inner.bottom + MARGIN.bottom - 4);
    context.save();
    context.translate(13, (inner.top + inner.bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = "middle";
    context.fillText(this.labels[1], 0, 0);
    context.restore();
  }
}

/**
 * @param {View} view
 * @returns {View}
 */
function copied({ x, y }) {
  return { x: [x[0], x[1]], y: [y[0], y[1]] };
}

/**
 * Both ends drawn nearer to a place by a factor, and moved.
 * @param {Ends} ends
 * @param {number} place
 * @param {number} factor
 * @param {number} [by]
 * @returns {Ends}
 */
function about(ends, place, factor, by = 0) {
  return [place + factor * (ends[0] - place) + by, place + factor * (ends[1] - place) + by];
}

/** @param {Ends} ends */
function middle(ends) {
  return (ends[0] + ends[1]) / 2;
}

/**
 * @param {ArrayLike<number>} values
 * @param {ArrayLike<number>} rows
 */
function picked(values, rows) {
  return Array.from(rows, (row) => values[row]);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 */
function line(context, xs, ys) {
  context.beginPath();
  let down = false;
  for (let i = 0; i < xs.length; i++) {
    const sound = Number.isFinite(xs[i]) && Number.isFinite(ys[i]) && Math.abs(xs[i]) < 1e6 && Math.abs(ys[i]) < 1e6;
    if (sound && down) context.lineTo(xs[i], ys[i]);
    else if (sound) context.moveTo(xs[i], ys[i]);
    down = sound;
  }
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 */
function dot(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

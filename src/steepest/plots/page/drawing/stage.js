// The map: the ground, the paths over it up to the row that is shown, and the arrows at that row.

import { lettering, named } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { Layer } from "steepest/layer.js";
import { arrow, axis, cross, diamond, dot, lineOf } from "steepest/marks.js";
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

const MARGIN = { left: 58, right: 14, top: 12, bottom: 46 };
const FEW = 60; // rows up to which each has a dot
const MOST = 20_000; // rows of a path that are drawn
/** Moves of the pointer as they come, where a browser tells of them: "pointermove" waits for the next frame. */
const AT_ONCE = "onpointerrawupdate" in HTMLElement.prototype ? "pointerrawupdate" : "pointermove";

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {{ labels: [string, string], view: View, equal: boolean, say: (text: string) => void, still?: boolean,
   *   onStart?: (x: number, y: number) => void, onView?: () => void,
   *   onHover?: (x: number, y: number) => string }} options
   *   `equal`: both axes in one unit; `say` gets what is under the pointer; `still`: a small picture without axes that
   *   does not move; `onStart` gets where the start is dragged to, and says so itself; `onView` is called when the
   *   window has moved; `onHover` gives what is to be said of a point instead of f read off the ground
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
    this.onView = options.onView;
    this.onHover = options.onHover;
    /** @type {Ground | null} */
    this.ground = null;
    /** @type {Path[]} */
    this.paths = [];
    /** @type {Arrow[]} */
    this.arrows = [];
    /** @type {Arrow[]} directions through a point, drawn to both sides */
    this.axes = [];
    /** @type {[number, number][]} */
    this.minima = [];
    /** @type {[number, number][]} */
    this.saddles = [];
    /** @type {WeakMap<Path, { key: string, px: Float64Array, py: Float64Array, rows: Int32Array, line: Path2D }>} */
    this.placed = new WeakMap();
    /** @type {{ x: Float64Array, y: Float64Array } | null} */
    this.curve = null;
    this.curveColour = "curve";
    this.below = new Layer();
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
    canvas.addEventListener(AT_ONCE, (given) => {
      const event = /** @type {PointerEvent} */ (given);
      if (held !== null && starting) this.onStart?.(this.xs.from(event.offsetX), this.ys.from(event.offsetY));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held !== null && starting) return;
      const x = this.xs.from(event.offsetX), y = this.ys.from(event.offsetY);
      if (held !== null) {
        this.pan(this.xs.from(held.x) - x, this.ys.from(held.y) - y);
        held = { x: event.offsetX, y: event.offsetY };
      }
      this.say(this.onHover === undefined ? this.read(x, y) : this.onHover(x, y));
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
   * What a point is, with f read off the ground.
   * @param {number} x
   * @param {number} y
   */
  read(x, y) {
    const f = this.ground === null ? NaN : this.ground.at(x, y);
    const value = Number.isFinite(f) ? `   f about ${number(f)}` : "";
    return `${this.labels[0]} ${number(x)}   ${this.labels[1]} ${number(y)}${value}`;
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.view = { x: about(this.view.x, 0, 1, dx), y: about(this.view.y, 0, 1, dy) };
    this.surface.ask();
    this.onView?.();
  }

  /**
   * @param {number} factor  below 1 comes nearer
   * @param {number} [x]     the point that stays where it is
   * @param {number} [y]
   */
  zoom(factor, x = middle(this.view.x), y = middle(this.view.y)) {
    this.view = { x: about(this.view.x, x, factor), y: about(this.view.y, y, factor) };
    this.surface.ask();
    this.onView?.();
  }

  reset() {
    this.view = copied(this.home);
    this.surface.ask();
    this.onView?.();
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
    if (this.ground !== null) this.drawGround(context, this.ground);
    if (this.curve !== null) this.drawCurve(context, this.curve);
    for (const { from, by, colour } of this.axes) {
      const px = this.xs.to(from[0]), py = this.ys.to(from[1]);
      axis(context, px, py, this.xs.to(from[0] + by[0]) - px, this.ys.to(from[1] + by[1]) - py, colour);
    }
    for (const [u, v] of this.saddles) diamond(context, this.xs.to(u), this.ys.to(v));
    for (const [u, v] of this.minima) cross(context, this.xs.to(u), this.ys.to(v));
    for (const path of this.paths) this.drawPath(context, path);
    for (const { from, by, colour } of this.arrows) {
      const px = this.xs.to(from[0]), py = this.ys.to(from[1]);
      arrow(context, px, py, this.xs.to(from[0] + by[0]) - px, this.ys.to(from[1] + by[1]) - py, colour);
    }
    for (const path of this.paths) this.drawEnds(context, path);
    context.restore();
    if (!this.still) this.drawAxes(context, inner);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Ground} ground
   */
  drawGround(context, ground) {
    if (this.still) return ground.draw(context, this.xs, this.ys);
    const place = [...this.xs.domain, ...this.ys.domain, named("ground"), named("contour")].join();
    this.below.draw(context, ground, place, (own) => ground.draw(own, this.xs, this.ys));
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
    context.strokeStyle = named(this.curveColour);
    context.lineWidth = 2;
    context.stroke(lineOf(curve.x.map(this.xs.to), curve.y.map(this.ys.to)));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Path} path
   */
  drawPath(context, path) {
    const { px, py, rows, line } = this.place(path), colour = named(path.colour);
    const last = path.x.length - 1, here = Math.min(this.row, last);
    const past = rows.subarray(0, countUpTo(rows, here));
    const way = past[past.length - 1] === here ? past : Int32Array.from([...past, here]);
    const gone = here === last ? line : lineOf(px, py, way);
    context.lineJoin = "round";
    if (here < last) { // at the end what follows would lie under what is gone
      context.strokeStyle = colour;
      context.globalAlpha = 0.28;
      context.lineWidth = 1.6;
      context.stroke(line);
      context.globalAlpha = 1;
    }
    context.strokeStyle = named("halo");
    context.lineWidth = 4.4;
    context.stroke(gone);
    context.strokeStyle = colour;
    context.lineWidth = 2.2;
    context.stroke(gone);
    if (path.x.length <= FEW) for (const row of way) dot(context, px[row], py[row], 3.2, colour);
  }

  /**
   * A path in pixels, and the rows of it to draw; kept for as long as the window stays.
   * @param {Path} path
   */
  place(path) {
    const ends = [this.xs, this.ys].map((scale) =>
      [...scale.domain, scale.to(scale.domain[0]), scale.to(scale.domain[1])]);
    const known = this.placed.get(path), key = ends.join();
    if (known !== undefined && known.key === key) return known;
    const px = path.x.map(this.xs.to), py = path.y.map(this.ys.to);
    const rows = rowsToDraw(px, py, 0.75, MOST), made = { key, px, py, rows, line: lineOf(px, py, rows) };
    this.placed.set(path, made);
    return made;
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
   * @param {{ left: number, right: number, top: number, bottom: number }} inner
   */
  drawAxes(context, inner) {
    context.strokeStyle = named("rule");
    context.lineWidth = 1;
    context.strokeRect(inner.left + 0.5, inner.top + 0.5, inner.right - inner.left - 1, inner.bottom - inner.top - 1);
    context.fillStyle = named("muted");
    context.font = lettering(12);
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
    context.font = lettering(13);
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
 * How many of increasing numbers are at most `most`.
 * @param {Int32Array} rows
 * @param {number} most
 */
function countUpTo(rows, most) {
  let low = 0, high = rows.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if (rows[half] <= most) low = half + 1;
    else high = half;
  }
  return low;
}

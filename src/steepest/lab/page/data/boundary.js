// Where a run that knows two columns decides for which class (or for which value), with the rows over it.

import { unpacked } from "steepest/arrays.js";
import { along, groundStops, lettering, named, onScheme, parsed } from "steepest/colours.js";
import { count, number } from "steepest/format.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { Surface } from "steepest/surface.js";
import { canvas, find } from "lab/finding.js";
import { fill } from "lab/data/curves.js";

/**
 * @typedef {{ x: [number, number], y: [number, number] }} Window
 * @typedef {object} Drawn
 * @property {[string, string]} features
 * @property {Window} view
 * @property {[number, number]} shape
 * @property {Float64Array} values      the class's place among the classes, or the value
 * @property {Float64Array} confidence  0 to 1
 * @property {string[] | null} classes
 * @property {Points} points
 * @typedef {object} Points
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} label   as `values`
 * @property {boolean[]} test       whether the row was held out
 * @property {boolean[]} wrong
 * @property {number[]} index       the row of the table, from 1
 */

const MARGIN = { left: 76, right: 14, top: 12, bottom: 44 };
const NEAR = 9; // pixels to a point that is told of
const STEP = 0.02; // of the window, by an arrow key
const ZOOM = 1.35;
export const CLASS_COLOURS = 10;

export class Boundary {
  /** @param {{ onView: (view: Window | null) => void }} options  another window is wanted; null for the first one */
  constructor(options) {
    this.options = options;
    /** @type {Drawn | null} */
    this.drawn = null;
    /** @type {HTMLCanvasElement | null} */
    this.ground = null;
    this.xs = scaleOf(0, 1, 0, 1);
    this.ys = scaleOf(0, 1, 1, 0);
    /** @type {{ x: number, y: number } | null} where the keyboard looks, in values */
    this.cross = null;
    const place = canvas("#data-boundary-canvas");
    this.canvas = place;
    this.surface = new Surface(place, (context, width, height) => this.draw(context, width, height));
    onScheme(() => this.paint());
    place.addEventListener("pointermove", (event) => this.tell(event.offsetX, event.offsetY));
    place.addEventListener("pointerleave", () => this.say(""));
    place.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? ZOOM : 1 / ZOOM, { x: this.xs.from(event.offsetX), y: this.ys.from(event.offsetY) });
    }, { passive: false });
    place.addEventListener("dblclick", () => options.onView(null));
    place.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("blur", () => {
      this.cross = null;
      this.surface.ask();
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    /** @type {Record<string, [number, number]>} */
    const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const by = keys[event.key], { drawn } = this;
    if (drawn === null) return;
    const { x, y } = drawn.view;
    if (by !== undefined) {
      const at = this.cross ?? { x: (x[0] + x[1]) / 2, y: (y[0] + y[1]) / 2 };
      this.cross = {
        x: Math.min(Math.max(at.x + by[0] * STEP * (x[1] - x[0]), x[0]), x[1]),
        y: Math.min(Math.max(at.y + by[1] * STEP * (y[1] - y[0]), y[0]), y[1]),
      };
      this.tell(this.xs.to(this.cross.x), this.ys.to(this.cross.y));
      this.surface.ask();
    } else if (event.key === "+" || event.key === "=") this.zoom(1 / ZOOM, this.cross);
    else if (event.key === "-") this.zoom(ZOOM, this.cross);
    else if (event.key === "0") this.options.onView(null);
    else return;
    event.preventDefault();
  }

  /**
   * @param {number} factor
   * @param {{ x: number, y: number } | null} about  what stays where it is; null: the middle
   */
  zoom(factor, about) {
    if (this.drawn === null) return;
    const { x, y } = this.drawn.view;
    const ends = (/** @type {[number, number]} */ [low, high], /** @type {number} */ at) =>
      /** @type {[number, number]} */ ([at + (low - at) * factor, at + (high - at) * factor]);
    this.options.onView({ x: ends(x, about?.x ?? (x[0] + x[1]) / 2), y: ends(y, about?.y ?? (y[0] + y[1]) / 2) });
  }

  hide() {
    find("#data-boundary").hidden = true;
  }

  /** @param {any} answer  what the ask `boundary` says */
  show(answer) {
    find("#data-boundary").hidden = false;
    this.drawn = drawnOf(answer);
    this.paint();
    this.surface.fit();
    this.legend();
    this.table();
  }

  /** The regions as pixels, a point of the grid each. */
  paint() {
    const { drawn } = this;
    if (drawn === null) return;
    const [high, wide] = drawn.shape, ground = document.createElement("canvas");
    Object.assign(ground, { width: wide, height: high });
    const context = /** @type {CanvasRenderingContext2D} */ (ground.getContext("2d"));
    const pixels = context.createImageData(wide, high);
    const card = parsed(named("card")), nothing = parsed(named("no-value"));
    const colours = Array.from({ length: CLASS_COLOURS }, (_, k) => parsed(named(`class-${k}`)));
    const stops = groundStops(), shade = shadeOf(drawn);
    for (let j = 0; j < high; j++) {
      for (let i = 0; i < wide; i++) {
        const k = j * wide + i, value = drawn.values[k];
        const colour = !Number.isFinite(value) ? nothing : drawn.classes === null ? along(stops, shade(value))
          : along([card, colours[value % CLASS_COLOURS]], 0.12 + 0.43 * drawn.confidence[k]);
        pixels.data.set([...colour, 255], 4 * ((high - 1 - j) * wide + i));
      }
    }
    context.putImageData(pixels, 0, 0);
    this.ground = ground;
    this.surface.ask();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    const { drawn } = this;
    if (drawn === null || this.ground === null) return;
    const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    this.xs = scaleOf(...drawn.view.x, MARGIN.left, right);
    this.ys = scaleOf(...drawn.view.y, bottom, MARGIN.top);
    context.imageSmoothingEnabled = drawn.classes === null;
    context.drawImage(this.ground, MARGIN.left, MARGIN.top, right - MARGIN.left, bottom - MARGIN.top);
    this.axes(context, drawn, right, bottom);
    context.save();
    context.beginPath();
    context.rect(MARGIN.left, MARGIN.top, right - MARGIN.left, bottom - MARGIN.top);
    context.clip();
    const { points } = drawn, shade = shadeOf(drawn), stops = groundStops();
    for (let k = 0; k < points.x.length; k++) this.point(context, drawn, k, shade, stops);
    if (this.cross !== null) this.drawCross(context, this.cross, right, bottom);
    context.restore();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Drawn} drawn
   * @param {number} k
   * @param {(value: number) => number} shade
   * @param {import("steepest/colours.js").Colour[]} stops
   */
  point(context, { points, classes }, k, shade, stops) {
    const x = this.xs.to(points.x[k]), y = this.ys.to(points.y[k]), label = points.label[k];
    const [r, g, b] = along(stops, shade(label));
    context.fillStyle = classes === null ? `rgb(${r} ${g} ${b})` : named(`class-${label % CLASS_COLOURS}`);
    context.beginPath();
    shapeOf(context, classes === null ? 0 : label, x, y, points.test[k] ? 4.6 : 3.8);
    context.fill();
    context.lineWidth = points.test[k] ? 1.6 : 1.2;
    context.strokeStyle = points.test[k] ? named("ink") : named("halo");
    context.stroke();
    if (!points.wrong[k]) return;
    context.lineWidth = 1.6;
    context.strokeStyle = named("ink");
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ x: number, y: number }} at
   * @param {number} right
   * @param {number} bottom
   */
  drawCross(context, at, right, bottom) {
    const x = this.xs.to(at.x), y = this.ys.to(at.y);
    context.strokeStyle = named("ink");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(MARGIN.left, y);
    context.lineTo(right, y);
    context.moveTo(x, MARGIN.top);
    context.lineTo(x, bottom);
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Drawn} drawn
   * @param {number} right
   * @param {number} bottom
   */
  axes(context, drawn, right, bottom) {
    const [x, y] = drawn.features.map((name) => name.replaceAll("_", " "));
    context.font = lettering(12);
    context.fillStyle = named("muted");
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const tick of ticksOf(this.xs, 6)) context.fillText(number(tick, 4), this.xs.to(tick), bottom + 5);
    context.fillText(x, (MARGIN.left + right) / 2, bottom + 24);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticksOf(this.ys, 6)) context.fillText(number(tick, 4), MARGIN.left - 7, this.ys.to(tick));
    context.save();
    context.translate(10, (MARGIN.top + bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(y, 0, 0);
    context.restore();
  }

  /**
   * What lies at a place: what is predicted there, and the nearest row.
   * @param {number} px
   * @param {number} py
   */
  tell(px, py) {
    const { drawn } = this;
    if (drawn === null) return;
    const x = this.xs.from(px), y = this.ys.from(py), [high, wide] = drawn.shape;
    const part = (/** @type {number} */ at, /** @type {[number, number]} */ [low, up]) => (at - low) / (up - low);
    const i = Math.floor(part(x, drawn.view.x) * wide), j = Math.floor(part(y, drawn.view.y) * high);
    if (i < 0 || j < 0 || i >= wide || j >= high) return this.say("");
    const k = j * wide + i, value = drawn.values[k];
    const what = drawn.classes === null ? `${number(value, 4)} is predicted`
      : `${drawn.classes[value]} is predicted, confidence ${number(drawn.confidence[k], 2)}`;
    const row = this.nearest(px, py), { points } = drawn;
    const truth = row === -1 ? "" : drawn.classes === null
      ? number(points.label[row], 4) : drawn.classes[points.label[row]];
    const wrong = points.wrong[row] ? ", taken for another" : "", held = points.test[row] ? ", held out" : "";
    const near = row === -1 ? "" : `; row ${count(points.index[row])} is ${truth}${wrong}${held}`;
    this.say(`${drawn.features[0]} ${number(x)}, ${drawn.features[1]} ${number(y)}: ${what}${near}`);
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  nearest(px, py) {
    const { points } = /** @type {Drawn} */ (this.drawn);
    let best = -1, least = NEAR;
    for (let k = 0; k < points.x.length; k++) {
      const far = Math.hypot(this.xs.to(points.x[k]) - px, this.ys.to(points.y[k]) - py);
      if (far < least) [best, least] = [k, far];
    }
    return best;
  }

  /** @param {string} text */
  say(text) {
    find("#data-boundary-said").textContent = text;
  }

  legend() {
    const { classes } = /** @type {Drawn} */ (this.drawn), place = find("#data-boundary-legend");
    const items = (classes ?? []).map((name, k) => {
      const item = document.createElement("span");
      item.className = `key class-${k % CLASS_COLOURS}`;
      item.append(Object.assign(document.createElement("span"), { textContent: name }));
      return item;
    });
    place.replaceChildren(...items, "outlined: held out", ...(classes === null ? [] : ["; ringed: wrong"]));
  }

  /** The same to read: how many rows of each class are on the wrong side. */
  table() {
    const { classes, points } = /** @type {Drawn} */ (this.drawn);
    if (classes === null) {
      const rows = Array.from(points.x.slice(0, 15), (x, k) =>
        [count(points.index[k]), number(x), number(points.y[k]), number(points.label[k])]);
      return fill(find("#data-boundary table"), ["row", ...this.drawn?.features ?? [], "true"], rows);
    }
    const counted = classes.map((name, c) => {
      const sum = (/** @type {boolean} */ test, /** @type {boolean} */ wrong) => points.test.filter((own, k) =>
        own === test && points.label[k] === c && (!wrong || points.wrong[k])).length;
      return [name, ...[false, true].flatMap((test) => [count(sum(test, false)), count(sum(test, true))])];
    });
    fill(find("#data-boundary table"),
      ["class", "training rows", "of these wrong", "held out", "of these wrong"], counted);
  }
}

/**
 * @param {any} answer
 * @returns {Drawn}
 */
function drawnOf(answer) {
  const { points } = answer;
  const list = (/** @type {any} */ given) => (Array.isArray(given) ? Float64Array.from(given) : unpacked(given).data);
  const label = list(points.label), predicted = list(points.predicted), { length } = label;
  return {
    ...answer, values: list(answer.values), confidence: list(answer.confidence ?? []), classes: answer.classes ?? null,
    points: {
      x: list(points.x), y: list(points.y), label, index: points.index,
      test: Array.from({ length }, (_, k) => points.part[k] === "test"),
      wrong: Array.from({ length }, (_, k) => answer.classes !== null && label[k] !== predicted[k]),
    },
  };
}

/**
 * How far along the colours a value is, where values and not classes are predicted.
 * @param {Drawn} drawn
 * @returns {(value: number) => number}
 */
function shadeOf({ points }) {
  let low = Infinity, high = -Infinity;
  for (const value of points.label) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return (value) => (value - low) / (high - low || 1);
}

/**
 * A class's sign, so that colour is not all that tells classes apart.
 * @param {CanvasRenderingContext2D} context
 * @param {number} label
 * @param {number} x
 * @param {number} y
 * @param {number} r
 */
function shapeOf(context, label, x, y, r) {
  const corners = [0, 4, 3, 4][label % 4], turn = [0, Math.PI / 4, -Math.PI / 2, 0][label % 4];
  if (corners === 0) return context.arc(x, y, r, 0, 2 * Math.PI);
  for (let k = 0; k < corners; k++) {
    const angle = turn + (2 * Math.PI * k) / corners;
    context.lineTo(x + 1.3 * r * Math.cos(angle), y + 1.3 * r * Math.sin(angle));
  }
  context.closePath();
}

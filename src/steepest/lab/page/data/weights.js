// What a run has learned: the weights as pictures where a row is an image, else as bars with their names.

import { along, lettering, named, parsed } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { Surface } from "steepest/surface.js";
import { canvas, find } from "lab/finding.js";
import { fill } from "lab/data/curves.js";
import { placeOf } from "lab/data/lines.js";

/** @typedef {import("lab/data/training.js").Weights} Weights */

const MOST_BARS = 24; // the largest of the features
const BAR = 19; // pixels a bar
const KEY = 30; // pixels of the key above
const GAP = 14;

export class WeightsPanel {
  constructor() {
    /** @type {Weights | null} */
    this.weights = null;
    /** @type {[number, number] | null} height and width where a row is an image */
    this.shape = null;
    this.at = 0;
    /** @type {number[]} the features whose bars are drawn */
    this.order = [];
    this.canvas = canvas("#data-weights-canvas");
    this.surface = new Surface(this.canvas, (context, width, height) => this.draw(context, width, height));
    this.details = /** @type {HTMLDetailsElement} */ (find("#data-weights details"));
    this.details.addEventListener("toggle", () => this.table());
  }

  /**
   * @param {Weights | null} weights
   * @param {[number, number] | null} shape
   */
  take(weights, shape) {
    this.weights = weights;
    find("#data-weights").hidden = weights === null;
    if (weights === null) return;
    this.shape = shape !== null && shape[0] * shape[1] === weights.features ? shape : null;
    const last = this.sizes(weights, weights.rows.length - 1);
    this.order = last.map((_, k) => k).sort((a, b) => last[b] - last[a]).slice(0, MOST_BARS).sort((a, b) => a - b);
    this.canvas.style.height = this.shape === null ? `${KEY + GAP + 26 + BAR * this.order.length}px` : "";
    const { features } = weights;
    const few = this.order.length < features ? ` the ${MOST_BARS} largest of ${features} features` : "";
    const { classes: [first = "the first", second = "the second class"] } = weights;
    const right = "to the right it speaks for the class or for a higher value, to the left against";
    find("#data-weights-note").textContent = this.shape === null
      ? `A bar a feature${few ? `,${few}` : ""}; ${right}.`
      : weights.outputs === 1
        ? `Vermilion pixels speak for ${second}, blue ones for ${first}.`
        : "A picture a class: vermilion pixels speak for it, blue ones against.";
  }

  /**
   * The largest size of a feature's weights at one of the rows.
   * @param {Weights} weights
   * @param {number} at
   */
  sizes({ values, features, outputs }, at) {
    return Array.from({ length: features }, (_, j) => {
      let size = 0;
      for (let k = 0; k < outputs; k++) size = Math.max(size, Math.abs(values[(at * features + j) * outputs + k]));
      return size;
    });
  }

  /** @param {number} row  of the record */
  show(row) {
    if (this.weights === null) return;
    this.at = placeOf(this.weights.rows, row);
    this.surface.ask();
    if (this.details.open) this.table();
    const size = Math.max(...this.sizes(this.weights, this.at));
    this.canvas.setAttribute("aria-label",
      `The weights at row ${this.weights.rows[this.at]}, the largest ${number(size)}; they are in the table below.`);
  }

  /** The same numbers to read. */
  table() {
    const { weights } = this;
    if (weights === null || !this.details.open) return;
    const { features, outputs, values, names } = weights, base = this.at * features * outputs;
    const rows = Array.from({ length: features }, (_, j) => [names[j], ...Array.from({ length: outputs }, (_, k) =>
      number(values[base + j * outputs + k]))]);
    const intercepts = Array.from({ length: outputs }, (_, k) => number(weights.intercepts[this.at * outputs + k]));
    fill(find("#data-weights table"), ["feature", ...Array.from({ length: outputs }, (_, k) => this.title(k))],
      [["intercept", ...intercepts], ...rows]);
  }

  /** @param {number} k  of the outputs */
  title(k) {
    const { classes, outputs } = /** @type {Weights} */ (this.weights);
    return outputs === 1 ? (classes.length === 2 ? `for ${classes[1]}` : "weight") : classes[k] ?? String(k);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    const { weights } = this;
    if (weights === null) return;
    const stops = named("diverging").split(/\s+/).map(parsed);
    this.key(context, width, stops, weights.scale);
    if (this.shape === null) this.bars(context, weights, width, height);
    else this.pictures(context, weights, this.shape, width, height, stops);
  }

  /**
   * The colours and their ends, the same at every row.
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {import("steepest/colours.js").Colour[]} stops
   * @param {number} scale
   */
  key(context, width, stops, scale) {
    context.font = lettering(13, 600);
    context.fillStyle = named("ink");
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText(this.shape === null ? "coefficients" : "weights", 4, 4);
    const wide = Math.min(140, width / 3), left = width - wide - 52;
    if (this.shape === null) return;
    for (let x = 0; x < wide; x++) {
      const [r, g, b] = along(stops, x / wide);
      context.fillStyle = `rgb(${r} ${g} ${b})`;
      context.fillRect(left + x, 6, 1.5, 10);
    }
    context.font = lettering(12);
    context.fillStyle = named("muted");
    context.textAlign = "right";
    context.fillText(number(-scale, 2), left - 6, 5);
    context.textAlign = "left";
    context.fillText(number(scale, 2), left + wide + 6, 5);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Weights} weights
   * @param {[number, number]} shape
   * @param {number} width
   * @param {number} height
   * @param {import("steepest/colours.js").Colour[]} stops
   */
  pictures(context, { values, features, outputs, scale }, [high, wide], width, height, stops) {
    const room = height - KEY, across = bestColumns(outputs, width, room, wide / high);
    const down = Math.ceil(outputs / across);
    const cell = Math.min((width - GAP * (across + 1)) / across / wide, (room - down * (22 + GAP)) / down / high);
    const pixels = document.createElement("canvas");
    Object.assign(pixels, { width: wide, height: high });
    const own = /** @type {CanvasRenderingContext2D} */ (pixels.getContext("2d"));
    const left = (width - across * (cell * wide + GAP) + GAP) / 2;
    context.imageSmoothingEnabled = false;
    context.textAlign = "center";
    context.textBaseline = "top";
    context.font = lettering(13, 600);
    for (let k = 0; k < outputs; k++) {
      const image = own.createImageData(wide, high);
      for (let j = 0; j < features; j++) {
        const value = values[(this.at * features + j) * outputs + k];
        const [r, g, b] = Number.isFinite(value) ? along(stops, 0.5 + value / scale / 2) : parsed(named("no-value"));
        image.data.set([r, g, b, 255], 4 * j);
      }
      own.putImageData(image, 0, 0);
      const x = left + (k % across) * (cell * wide + GAP), y = KEY + Math.floor(k / across) * (cell * high + 22 + GAP);
      context.drawImage(pixels, x, y + 20, cell * wide, cell * high);
      context.strokeStyle = named("faint");
      context.strokeRect(x, y + 20, cell * wide, cell * high);
      context.fillStyle = named("ink");
      context.fillText(this.title(k), x + (cell * wide) / 2, y + 2);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Weights} weights
   * @param {number} width
   * @param {number} height
   */
  bars(context, { values, features, outputs, names, scale }, width, height) {
    context.font = lettering(12);
    context.textBaseline = "middle";
    const texts = this.order.map((j) => shortened(names[j]));
    const label = Math.min(Math.max(...texts.map((text) => context.measureText(text).width)) + 12, width / 2.4);
    const each = (width - label - GAP * outputs) / outputs, top = KEY + 20;
    context.fillStyle = named("muted");
    context.textAlign = "right";
    texts.forEach((text, i) => context.fillText(text, label - 8, top + (i + 0.5) * BAR));
    for (let k = 0; k < outputs; k++) {
      const middle = label + k * (each + GAP) + each / 2, half = each / 2 - 2;
      context.fillStyle = named("ink");
      context.textAlign = "center";
      if (outputs > 1) context.fillText(this.title(k), middle, KEY + 6);
      context.strokeStyle = named("rule");
      context.beginPath();
      context.moveTo(middle, top);
      context.lineTo(middle, top + BAR * this.order.length);
      context.stroke();
      this.order.forEach((j, i) => {
        const value = values[(this.at * features + j) * outputs + k];
        if (!Number.isFinite(value)) return;
        const long = Math.max(-1, Math.min(1, value / scale)) * half;
        context.fillStyle = named(value > 0 ? "path" : "curve");
        context.fillRect(Math.min(middle, middle + long), top + i * BAR + 3, Math.abs(long), BAR - 6);
      });
    }
    context.fillStyle = named("muted");
    context.textAlign = "right";
    context.fillText(`longest bar ${number(scale, 3)}`, width - 6, 11);
  }
}

/**
 * How many pictures go side by side so that they are largest.
 * @param {number} pictures
 * @param {number} width
 * @param {number} height
 * @param {number} ratio  width of a picture over its height
 */
function bestColumns(pictures, width, height, ratio) {
  let best = 1, size = 0;
  for (let across = 1; across <= pictures; across++) {
    const down = Math.ceil(pictures / across);
    const own = Math.min((width - GAP * (across + 1)) / across / ratio, (height - down * (22 + GAP)) / down);
    if (own > size) [best, size] = [across, own];
  }
  return best;
}

/** @param {string} name */
function shortened(name) {
  const text = name.replaceAll("_", " ");
  return text.length <= 26 ? text : `${text.slice(0, 25)}\u2026`;
}

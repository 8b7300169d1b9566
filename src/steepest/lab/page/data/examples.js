// Rows of the data that a run gets wrong, as images or in words; one of them larger.

import { unpacked } from "steepest/arrays.js";
import { along, groundStops } from "steepest/colours.js";
import { count, number } from "steepest/format.js";
import { find } from "lab/finding.js";
import { fill } from "lab/data/curves.js";

/**
 * @typedef {object} Example
 * @property {number} index                the row of the table, from 1
 * @property {string | number} true
 * @property {string | number} predicted
 * @property {number} [probability]
 * @property {number} [margin]
 * @property {any} values                  packed where a row is an image, else names and texts
 */

export class Examples {
  constructor() {
    /** @type {number | null} the row that is shown larger */
    this.chosen = null;
  }

  /**
   * @param {Example[]} examples
   * @param {[number, number] | null} shape  where a row is an image
   * @param {string} title
   */
  show(examples, shape, title) {
    const place = find("#data-wrong"), held = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.index;
    find("#data-wrong-title").textContent = examples.length === 0 ? `${title}.` : `${title}:`;
    const peak = (/** @type {any} */ one) => (shape === null ? 1 : Math.max(...unpacked(one.values).data));
    const brightest = Math.max(1, ...examples.map(peak));
    const buttons = examples.map((one) => {
      const button = document.createElement("button"), words = document.createElement("span");
      Object.assign(button, { type: "button", className: shape === null ? "example words" : "example" });
      button.dataset.index = String(one.index);
      const which = shape === null ? `row ${count(one.index)}: ` : "";
      words.textContent = `${which}${said(one.true)} \u2192 ${said(one.predicted)}`;
      // a label holds the words that are seen
      button.setAttribute("aria-label", `${words.textContent} ${sentence(one)}`);
      if (shape !== null) button.append(image(one, shape, brightest));
      button.append(words);
      button.addEventListener("click", () => this.enlarge(one, shape, brightest));
      return button;
    });
    place.replaceChildren(...buttons);
    buttons.find((button) => button.dataset.index === held)?.focus();
    const again = examples.find(({ index }) => index === this.chosen) ?? examples[0];
    find("#data-example").hidden = again === undefined;
    if (again !== undefined) this.enlarge(again, shape, brightest);
  }

  /**
   * @param {Example} one
   * @param {[number, number] | null} shape
   * @param {number} brightest
   */
  enlarge(one, shape, brightest) {
    this.chosen = one.index;
    const place = find("#data-example"), text = document.createElement("p");
    text.textContent = sentence(one);
    for (const button of find("#data-wrong").children) {
      const own = /** @type {HTMLElement} */ (button).dataset.index === String(one.index);
      button.setAttribute("aria-pressed", String(own));
    }
    const scroll = document.createElement("div"), table = document.createElement("table");
    scroll.className = "scroll values";
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "The row's values");
    if (shape !== null) {
      const large = image(one, shape, brightest);
      large.className = "large";
      place.replaceChildren(large, text);
      return;
    }
    const cells = one.values.map((/** @type {[string, any]} */ [name, value]) => [name, said(value)]);
    fill(table, ["column", "value"], cells);
    scroll.append(table);
    place.replaceChildren(text, scroll);
  }
}

/** @param {Example} one */
function sentence(one) {
  const sure = typeof one.probability === "number" ? `, probability ${number(one.probability, 3)}`
    : typeof one.margin !== "number" ? ""
      : typeof one.true === "number" ? `, off by ${number(one.margin, 3)}` : `, margin ${number(one.margin, 3)}`;
  return `Row ${count(one.index)}: true ${said(one.true)}, predicted ${said(one.predicted)}${sure}.`;
}

/** @param {any} value */
function said(value) {
  return typeof value === "number" ? number(value, 4) : String(value);
}

/**
 * A row as a picture, ink on paper.
 * @param {Example} one
 * @param {[number, number]} shape
 * @param {number} brightest
 */
function image(one, [high, wide], brightest) {
  const canvas = document.createElement("canvas"), stops = groundStops(), { data } = unpacked(one.values);
  Object.assign(canvas, { width: wide, height: high });
  canvas.setAttribute("aria-hidden", "true");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = context.createImageData(wide, high);
  for (let i = 0; i < high * wide; i++) {
    const [r, g, b] = along(stops, Math.max(0, data[i]) / brightest);
    pixels.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

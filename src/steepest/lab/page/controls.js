// A control for each of a method's fields, made from what the field says of itself.

import { number } from "steepest/format.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {"float" | "int" | "bool"} kind
 * @property {boolean} optional
 * @property {number | boolean | null} default
 * @property {number | null} low
 * @property {number | null} high
 * @property {boolean} low_open
 * @property {boolean} high_open
 * @property {boolean} log
 */

const STEPS = 1000;

/**
 * The ends of a field's slider: its bounds where it has both, else some decades about its value.
 * @param {Field} field
 * @param {number | null} at  a value to have in sight, such as the automatic one
 * @returns {{ low: number, high: number, log: boolean }}
 */
export function rangeOf(field, at) {
  if (field.low !== null && field.high !== null && field.high <= 1 && !field.log) {
    return { low: field.low, high: field.high, log: false };
  }
  if (field.log || field.name === "learning_rate") {
    const usual = typeof field.default === "number" && field.default > 0 ? field.default : 0.01;
    const middle = at !== null && at > 0 ? at : usual;
    const power = Math.round(Math.log10(middle));
    return { low: 10 ** (power - 3), high: 10 ** (power + 2), log: true };
  }
  const scale = Math.max(1, Math.abs(Number(at ?? field.default ?? 1)) * 4);
  return { low: field.low ?? -scale, high: field.high ?? scale, log: false };
}

export class FieldControl {
  /**
   * @param {Field} field
   * @param {number | boolean | null} value
   * @param {{ onInput: (value: number | boolean | null) => void }} options
   */
  constructor(field, value, options) {
    this.field = field;
    this.options = options;
    this.value = value;
    this.range = rangeOf(field, typeof value === "number" ? value : null);
    this.element = document.createElement("div");
    this.element.className = "field";
    const id = `field-${Math.random().toString(36).slice(2)}`;
    const label = document.createElement("label");
    label.textContent = field.name.replaceAll("_", " ");
    label.htmlFor = id;
    if (field.kind === "bool") {
      const box = document.createElement("input");
      Object.assign(box, { type: "checkbox", id, checked: Boolean(value ?? field.default) });
      box.addEventListener("change", () => options.onInput(box.checked));
      this.element.append(label, box, document.createElement("span"));
      return;
    }
    this.slider = document.createElement("input");
    Object.assign(this.slider, { type: "range", min: "0", max: String(STEPS), step: "1" });
    this.slider.setAttribute("aria-label", `${label.textContent}, slider`);
    this.entry = document.createElement("input");
    Object.assign(this.entry, { type: "text", id, inputMode: "decimal", spellcheck: false });
    this.track = document.createElement("div");
    this.track.className = "track";
    this.track.append(this.slider);
    this.slider.addEventListener("input", () => this.set(this.fromSlider(), true));
    this.entry.addEventListener("change", () => this.typed());
    this.element.append(label, this.track, this.entry);
    this.show();
  }

  /** What was typed: a number, or nothing (or "auto") where the field can do without. */
  typed() {
    const text = this.entry?.value.trim().replaceAll(",", "").replaceAll("\u2212", "-") ?? "";
    if (text === "" || text === "auto") this.set(null, true);
    else if (Number.isFinite(Number(text))) this.set(Number(text), true);
    else this.show();
  }

  /**
   * @param {number | null} value
   * @param {boolean} told  whether it is to be told
   */
  set(value, told = false) {
    this.value = this.field.kind === "int" && value !== null ? Math.round(value) : value;
    this.show();
    if (told) this.options.onInput(this.value);
  }

  /** The number that is in force: the value, else what "auto" came to, else the default. */
  get shown() {
    if (typeof this.value === "number") return this.value;
    return this.automatic ?? (typeof this.field.default === "number" ? this.field.default : null);
  }

  /**
   * What a run says: the automatic value and the stability limit.
   * @param {number | null} automatic
   * @param {number | null} limit
   */
  tell(automatic, limit) {
    this.automatic = automatic;
    if (this.value === null && automatic !== null) this.range = rangeOf(this.field, automatic);
    this.show();
    this.mark(limit);
  }

  show() {
    if (this.slider === undefined || this.entry === undefined) return;
    const shown = this.shown;
    if (shown !== null) {
      const { low, high, log } = this.range;
      if (shown > 0 && log && (shown < low || shown > high)) this.range = rangeOf(this.field, shown);
      this.slider.value = String(Math.round(STEPS * this.part(shown)));
      this.slider.setAttribute("aria-valuetext", number(shown));
    }
    this.entry.value = this.value !== null ? String(this.value) : shown === null ? "auto" : number(shown, 3);
    this.entry.title = this.value === null ? "auto" : "";
    this.entry.classList.toggle("auto", this.value === null);
  }

  /** @param {number} value */
  part(value) {
    const { low, high, log } = this.range;
    const at = log ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
    return Math.min(Math.max(at, 0), 1);
  }

  fromSlider() {
    const { low, high, log } = this.range, part = Number(this.slider?.value) / STEPS;
    const value = log ? low * (high / low) ** part : low + part * (high - low);
    const kept = Number(value.toPrecision(4));
    const most = this.field.high_open ? this.field.high : null;
    if (most !== null && kept >= most) return Number((most * 0.999).toPrecision(4));
    return kept;
  }

  /**
   * The stability limit on the slider.
   * @param {number | null} limit
   */
  mark(limit) {
    if (this.track === undefined) return;
    for (const old of this.track.querySelectorAll(".limit, .beyond")) old.remove();
    if (limit === null || !(limit > this.range.low && limit < this.range.high)) return;
    const at = `calc(0.5rem + (100% - 1rem) * ${this.part(limit)})`;
    const line = document.createElement("span"), beyond = document.createElement("span");
    line.className = "limit";
    line.style.left = at;
    line.title = `stability limit ${number(limit)} at the start`;
    beyond.className = "beyond";
    beyond.style.left = at;
    this.track.append(line, beyond);
  }
}

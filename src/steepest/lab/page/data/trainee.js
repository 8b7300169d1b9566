// A run's card in the view of data: the card of a method, its batch size, and how far its training is.

import { count } from "steepest/format.js";
import { Card } from "lab/cards.js";

/**
 * @typedef {import("lab/data/state.js").DataRun} DataRun
 * @typedef {import("lab/data/training.js").Training} Training
 */

const BATCHES = [1, 8, 32, 128, 512];

export class Trainee {
  /**
   * @param {DataRun} run
   * @param {number} k
   * @param {import("lab/cards.js").Method[]} methods
   * @param {{ onChange: (run: DataRun) => void, onRemove: () => void, onFocus: () => void, onWhy: () => void,
   *   onSuggest: () => void, onPause: () => void, onResume: () => void, onStop: () => void,
   *   onCancel: () => void }} options
   */
  constructor(run, k, methods, options) {
    this.run = run;
    const method = methods.find(({ name }) => name === run.method);
    this.card = new Card({ method: run.method, fields: run.fields }, k, methods, {
      ...options,
      onChange: (changed) => options.onChange(fitted({ ...changed, batch_size: this.run.batch_size }, methods)),
    });
    this.element = this.card.element;
    const row = document.createElement("div"), label = document.createElement("label");
    const batch = document.createElement("select");
    row.className = "batch";
    label.append("rows a step", batch);
    batch.add(new Option("all (batch)", ""));
    const sizes = run.batch_size === null || BATCHES.includes(run.batch_size) ? BATCHES : [...BATCHES, run.batch_size];
    for (const size of sizes.sort((a, b) => a - b)) {
      batch.add(new Option(size === 1 ? "1 (stochastic)" : `${count(size)} (mini-batch)`, String(size)));
    }
    batch.value = run.batch_size === null ? "" : String(run.batch_size);
    batch.disabled = method?.full_batch_only === true;
    batch.addEventListener("change", () => {
      options.onChange({ ...this.card.run, batch_size: batch.value === "" ? null : Number(batch.value) });
    });
    this.work = document.createElement("div");
    this.work.className = "work";
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", `training of method ${k + 1}`);
    this.pause = action("Pause", options.onPause);
    this.resume = action("Resume", options.onResume);
    this.stop = action("Stop", options.onStop);
    this.cancel = action("Cancel", options.onCancel);
    this.far = document.createElement("span");
    this.work.append(this.bar, this.far, this.pause, this.resume, this.stop, this.cancel);
    row.append(label, this.work);
    this.element.querySelector("header")?.after(row);
  }

  /**
   * Where the training stands.
   * @param {Training} training
   */
  show(training) {
    const { stage, done, stale } = training, held = document.activeElement;
    this.work.classList.toggle("idle", stage === "idle");
    this.element.classList.toggle("stale", stale && stage === "idle");
    if (stage === "waiting") this.bar.removeAttribute("value");
    else this.bar.value = done;
    this.far.textContent = stage === "waiting" ? training.note : stage === "idle" ? "" : `${Math.round(100 * done)} %`;
    this.pause.hidden = stage !== "working";
    this.resume.hidden = stage !== "paused";
    this.stop.hidden = stage === "waiting" || stage === "idle";
    this.cancel.hidden = stage !== "waiting";
    if (held === this.pause && this.pause.hidden) this.resume.focus();
    if (held === this.resume && this.resume.hidden) this.pause.focus();
  }

  /**
   * What came of it.
   * @param {Training} training
   */
  tell({ trained, fault }) {
    if (trained !== null) this.card.tell(/** @type {any} */ (trained));
    else if (fault !== "") this.card.tell(/** @type {any} */ ({ error: fault }));
  }

  /** @param {number | null} limit  the largest stable learning rate */
  bound(limit) {
    for (const control of this.card.controls) if (control.field.name === "learning_rate") control.mark(limit);
  }
}

/**
 * A run whose method and batch size go together.
 * @param {DataRun} run
 * @param {import("lab/cards.js").Method[]} methods
 * @returns {DataRun}
 */
function fitted(run, methods) {
  const method = methods.find(({ name }) => name === run.method);
  if (method?.full_batch_only) return { ...run, batch_size: null };
  return method?.needs_data && run.batch_size === null ? { ...run, batch_size: 1 } : run;
}

/**
 * The name by which a run goes in legends: its method and its rows a step.
 * @param {DataRun} run
 */
export function nameOf({ method, batch_size }) {
  const rows = batch_size === null ? "all rows" : batch_size === 1 ? "1 row" : `${count(batch_size)} rows`;
  return `${method.replaceAll("_", " ")}, ${rows}`;
}

/**
 * Gives the keyboard back to where it was among cards that are made anew: the card's control of the same label.
 * @param {HTMLElement} place
 * @returns {(() => void) | undefined}
 */
export function whereFocus(place) {
  const held = /** @type {HTMLElement | null} */ (document.activeElement);
  if (held === null || !place.contains(held)) return undefined;
  const card = [...place.children].findIndex((one) => one.contains(held));
  const controls = (/** @type {Element} */ one) => [...one.querySelectorAll("select, input, button")];
  const at = controls(place.children[card]).indexOf(held);
  return () => {
    const next = place.children[card];
    if (next !== undefined) /** @type {HTMLElement | undefined} */ (controls(next)[at])?.focus();
  };
}

/**
 * @param {string} text
 * @param {() => void} act
 */
function action(text, act) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "icon", textContent: text });
  button.addEventListener("click", act);
  return button;
}

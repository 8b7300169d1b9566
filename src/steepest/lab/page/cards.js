// A card for each run: its method, its fields, how it ended and what to try.

import { number } from "steepest/format.js";
import { FieldControl } from "lab/controls.js";

/**
 * @typedef {import("lab/state.js").RunSetting} RunSetting
 * @typedef {{ name: string, summary: string, update: string[], fields: import("lab/controls.js").Field[],
 *   needs_data: boolean, full_batch_only: boolean }} Method
 * @typedef {{ verdict: string, confidence: string, sentences: string[], began: number, advice: Record<string, number>,
 *   advice_text: string }} Explained
 * @typedef {{ error?: string, outcome: string, state: string, sentence: string, advice: Record<string, number>,
 *   fields: Record<string, any>, limit: number | null, nit: number, f: number }} Told
 */

const MAIN = ["learning_rate", "momentum", "beta1", "beta2", "decay"]; // shown at once; the others on demand

export class Card {
  /**
   * @param {RunSetting} run
   * @param {number} k
   * @param {Method[]} methods
   * @param {{ onChange: (run: RunSetting) => void, onRemove: () => void, onFocus: () => void, onWhy: () => void,
   *   onSuggest: () => void }} options
   */
  constructor(run, k, methods, options) {
    this.run = run;
    this.k = k;
    this.options = options;
    /** @type {FieldControl[]} */
    this.controls = [];
    this.element = document.createElement("article");
    this.element.className = "run";
    this.element.style.setProperty("--run", `var(--run-${k + 1})`);
    this.element.setAttribute("aria-label", `method ${k + 1}`);
    const head = document.createElement("header"), choice = document.createElement("select");
    choice.setAttribute("aria-label", `method ${k + 1}`);
    for (const { name } of methods) choice.add(new Option(name.replaceAll("_", " "), name));
    choice.value = run.method;
    choice.addEventListener("change", () =>
      options.onChange({ method: choice.value, fields: kept(run, choice.value, methods) }));
    const focus = document.createElement("button"), remove = document.createElement("button");
    Object.assign(focus, { type: "button", className: "icon focus-on", textContent: "Look" });
    focus.title = "the map, the step and the files are about this run";
    focus.addEventListener("click", options.onFocus);
    Object.assign(remove, { type: "button", className: "icon", textContent: "\u00d7" });
    remove.setAttribute("aria-label", `remove method ${k + 1}`);
    remove.addEventListener("click", options.onRemove);
    head.append(choice, focus, remove);
    this.told = document.createElement("p");
    this.told.className = "told";
    this.element.append(head);
    const method = methods.find(({ name }) => name === run.method);
    if (method !== undefined) this.fields(method);
    this.why = document.createElement("p");
    this.why.className = "told why";
    this.why.setAttribute("aria-live", "polite");
    const row = document.createElement("span");
    for (const [text, act] of /** @type {[string, () => void][]} */ (
      [["Why?", options.onWhy], ["Best", options.onSuggest]])) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "icon", textContent: text });
      button.addEventListener("click", act);
      row.append(button);
    }
    focus.after(row);
    this.element.append(this.told, this.why);
  }

  /** @param {Method} method */
  fields(method) {
    const more = document.createElement("details"), summary = document.createElement("summary");
    summary.textContent = "more";
    more.append(summary);
    for (const field of method.fields) {
      const value = this.run.fields[field.name] ?? null;
      const control = new FieldControl(field, value, {
        onInput: (now) => {
          this.run = { method: this.run.method, fields: { ...this.run.fields, [field.name]: now } };
          this.options.onChange(this.run);
        },
      });
      this.controls.push(control);
      (MAIN.includes(field.name) ? this.element : more).append(control.element);
    }
    const update = document.createElement("p");
    update.className = "told";
    update.textContent = method.update.join("   ");
    more.append(update);
    this.element.append(more);
  }

  /** @param {boolean} focused */
  focus(focused) {
    this.element.classList.toggle("focus", focused);
    this.element.querySelector(".focus-on")?.setAttribute("aria-pressed", String(focused));
  }

  /** @param {Told} told */
  tell(told) {
    this.why.replaceChildren();
    this.told.replaceChildren();
    this.told.className = `told ${told.error === undefined ? told.state : "bad"}`;
    const head = document.createElement("b");
    head.textContent = told.error === undefined ? told.outcome : "refused";
    this.told.append(head, ` ${told.error ?? told.sentence}`);
    if (told.error !== undefined) return;
    for (const control of this.controls) {
      const rate = control.field.name === "learning_rate", known = told.fields[control.field.name];
      control.tell(typeof known === "number" ? known : null, rate ? told.limit : null);
    }
    const advice = Object.entries(told.advice ?? {});
    if (advice.length > 0) this.offer(this.told, advice);
  }

  /**
   * Why the run went as it did.
   * @param {Explained} found
   */
  explain(found) {
    const head = document.createElement("b");
    head.textContent = found.verdict;
    const doubt = found.confidence === "clear" ? "" : ` (${found.confidence})`;
    const since = `${doubt}, since iteration ${found.began}`;
    this.why.replaceChildren(head, `${since}: ${found.sentences.join("; ")}. ${found.advice_text}`);
    const advice = Object.entries(found.advice);
    if (advice.length > 0) this.offer(this.why, advice);
  }

  /**
   * The hyper-parameters with which the method gets there soonest.
   * @param {{ fields: Record<string, number>, reason: string }} found
   */
  suggest(found) {
    this.why.replaceChildren(`${found.reason}.`);
    this.offer(this.why, Object.entries(found.fields));
  }

  /** @param {string} sentence */
  say(sentence) {
    this.why.replaceChildren(sentence);
  }

  /**
   * @param {HTMLElement} place
   * @param {[string, number][]} advice
   */
  offer(place, advice) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "try" });
    const values = advice.map(([name, value]) => `${name.replaceAll("_", " ")} ${number(value, 3)}`);
    button.textContent = `Try ${values.join(", ")}`;
    button.addEventListener("click", () => {
      this.options.onChange({ method: this.run.method, fields: { ...this.run.fields, ...Object.fromEntries(advice) } });
    });
    place.append(button);
  }
}

/**
 * The fields that another method has too.
 * @param {RunSetting} run
 * @param {string} name
 * @param {Method[]} methods
 */
function kept(run, name, methods) {
  const known = new Set(methods.find((method) => method.name === name)?.fields.map((field) => field.name));
  const fields = Object.entries(run.fields).filter(([field]) => known.has(field) && field !== "learning_rate");
  return { ...Object.fromEntries(fields), learning_rate: null };
}

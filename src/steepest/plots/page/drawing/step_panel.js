// The update that made the shown row: the rule's own lines with their numbers, and a table of the variables.

import { count, number } from "steepest/format.js";

/**
 * @typedef {object} Trace
 * @property {Float64Array} gradient  (rows * n)
 * @property {{ name: string, values: Float64Array }[]} slots  each (rows * n)
 * @property {Record<string, Float64Array>} fields  the rule's numbers that made each row, (rows,)
 * @property {[string, string][]} statements  [what is set, what to] in order;
 *   empty where the rule's lines are not known
 * @typedef {object} Steps
 * @property {string[]} variables
 * @property {Float64Array} iteration
 * @property {Float64Array} w  (rows * n)
 * @property {Trace | null} trace
 * @property {string} unit
 */

const MOST = 12; // variables in the table

export class StepPanel {
  /**
   * @param {HTMLElement} place  holds .lines, select and table
   * @param {Steps} steps
   */
  constructor(place, steps) {
    this.steps = steps;
    this.lines = /** @type {HTMLElement} */ (place.querySelector(".lines"));
    this.table = /** @type {HTMLTableElement} */ (place.querySelector("table"));
    this.choice = /** @type {HTMLSelectElement} */ (place.querySelector("select"));
    steps.variables.slice(0, 200).forEach((name, k) => this.choice.add(new Option(name, String(k))));
    this.row = 0;
    this.choice.addEventListener("change", () => this.show(this.row));
    this.take(steps);
  }

  /**
   * Other steps, of the same variables.
   * @param {Steps} steps
   */
  take(steps) {
    this.steps = steps;
    const label = /** @type {HTMLElement} */ (this.choice.closest("label"));
    label.hidden = steps.variables.length < 2 || steps.trace === null || steps.trace.statements.length === 0;
  }

  /** @param {number} row */
  show(row) {
    this.row = row;
    const { iteration, trace, unit } = this.steps;
    this.lines.replaceChildren();
    const whole = row > 0 && iteration[row] - iteration[row - 1] === 1;
    if (row === 0) this.say("The start. Nothing has moved yet.");
    else if (trace === null || !whole) {
      this.say(`From ${unit} ${count(iteration[row - 1])} to ${unit} ${count(iteration[row])}.`);
    } else this.equations(trace, row, Number(this.choice.value));
    this.variables(row, whole);
  }

  /** @param {string} text */
  say(text) {
    const line = document.createElement("p");
    line.textContent = text;
    this.lines.append(line);
  }

  /**
   * Each of the rule's lines three times: in names, in numbers, and what comes of it.
   * @param {Trace} trace
   * @param {number} row
   * @param {number} k  the variable
   */
  equations(trace, row, k) {
    const { w, variables } = this.steps, n = variables.length;
    const before = (row - 1) * n + k, after = row * n + k;
    /** @type {Record<string, number>} */
    const known = { w: w[before], g: trace.gradient[before], t: row };
    for (const [name, values] of Object.entries(trace.fields)) known[name] = values[row];
    for (const slot of trace.slots) known[slot.name] = slot.values[before];
    for (const [target, expression] of trace.statements) {
      const slot = trace.slots.find((one) => one.name === target);
      const result = target === "w" ? w[after] : slot === undefined ? NaN : slot.values[after];
      const line = document.createElement("p");
      line.append(
        part("name", `${target} \u2190 ${pretty(expression)}`),
        part("numbers", pretty(filled(expression, known))),
        part("result", `= ${number(result, 6)}`),
      );
      this.lines.append(line);
      known[target] = result;
    }
  }

  /**
   * @param {number} row
   * @param {boolean} whole  whether the row before is one update before
   */
  variables(row, whole) {
    const { variables, w, trace } = this.steps, n = variables.length;
    const moved = (/** @type {number} */ k) => (row > 0 ? w[row * n + k] - w[(row - 1) * n + k] : 0);
    const order = variables.map((_, k) => k);
    if (n > MOST) order.sort((a, b) => Math.abs(moved(b)) - Math.abs(moved(a)));
    const slots = whole && trace !== null ? trace.slots : [];
    const heads = [
      "variable", "w", ...(trace === null ? [] : ["gradient"]), ...slots.map((slot) => slot.name), "step to here",
    ];
    const head = document.createElement("tr");
    head.append(...heads.map((text) => cell("th", text)));
    const rows = order.slice(0, MOST).map((k) => {
      const at = row * n + k, line = document.createElement("tr");
      line.append(
        cell("th", variables[k]), cell("td", number(w[at], 7)),
        ...(trace === null ? [] : [cell("td", number(trace.gradient[at], 5))]),
        ...slots.map((slot) => cell("td", number(slot.values[at], 5))),
        cell("td", row > 0 ? number(moved(k), 5) : "\u2013"),
      );
      return line;
    });
    const caption = document.createElement("caption");
    caption.textContent = n > MOST ? `the ${MOST} of ${count(n)} variables that moved most` : "";
    this.table.replaceChildren(caption, head, ...rows);
  }
}

/**
 * An expression with the numbers of its names put in.
 * @param {string} expression
 * @param {Record<string, number>} known
 */
export function filled(expression, known) {
  return expression.replace(/[A-Za-z_]\w*/g, (name) => {
    if (!(name in known)) return name;
    const text = number(known[name], 5);
    return text.startsWith("\u2212") ? `(${text})` : text;
  });
}

/** @param {string} text */
function pretty(text) {
  return text.replaceAll("*", "\u00d7").replace(/(?<![\w)])-|(?<=[\w)]\s)-(?=\s)/g, "\u2212");
}

/**
 * @param {string} name
 * @param {string} text
 */
function part(name, text) {
  const found = document.createElement("span");
  found.className = name;
  found.textContent = text;
  return found;
}

/**
 * @param {"th" | "td"} kind
 * @param {string} text
 */
function cell(kind, text) {
  const found = document.createElement(kind);
  found.textContent = text;
  return found;
}

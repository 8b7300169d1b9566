// What is minimised and from where: the gallery, a formula read while it is typed, the start and the iterations.

import { AskError, dropped } from "lab/link.js";
import { find, input, select } from "lab/finding.js";

/** @typedef {import("lab/state.js").ProblemName} ProblemName */

export class Choosing {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {{ name: string, n: number }[]} functions  of the gallery
   * @param {{ onProblem: (problem: ProblemName) => void, onStart: (start: number[]) => void,
   *   onIterations: (iterations: number) => void }} options
   */
  constructor(link, functions, options) {
    this.link = link;
    this.options = options;
    /** @type {number[]} */
    this.shown = [];
    /** @type {Extract<ProblemName, { kind: "shown" }> | null} */
    this.own = null;
    const choice = select("#problem");
    for (const { name, n } of functions) {
      choice.add(new Option(n === 2 ? name : `${name} (one variable)`, `${name} ${n}`));
    }
    choice.add(new Option("a formula", "formula"));
    choice.addEventListener("change", () => {
      const [name, n] = choice.value.split(" ");
      if (name === "shown" && this.own !== null) options.onProblem(this.own);
      else if (name !== "formula") options.onProblem({ kind: "gallery", name, n: Number(n) });
      else input("#formula").focus();
    });
    const formula = input("#formula");
    formula.addEventListener("input", () => this.typed(formula.value));
    const iterations = input("#iterations");
    iterations.addEventListener("change", () => {
      const wanted = Math.round(Number(iterations.value));
      options.onIterations(Math.min(Math.max(wanted || 1, 1), 1_000_000));
    });
  }

  /**
   * A formula while it is typed: taken over when it can be read.
   * @param {string} text
   */
  async typed(text) {
    if (text.trim() === "") return;
    try {
      const answer = await this.link.ask("problem", { problem: { kind: "formula", text } }, { slot: "formula" });
      if (answer === dropped) return;
      this.fault(null, "");
      select("#problem").value = "formula";
      this.options.onProblem({ kind: "formula", text });
    } catch (error) {
      if (error instanceof AskError) this.fault(error.fault, text);
      else throw error;
    }
  }

  /**
   * @param {import("lab/link.js").Fault | null} fault
   * @param {string} text
   */
  fault(fault, text) {
    const place = find("#formula-fault");
    place.hidden = fault === null;
    input("#formula").setAttribute("aria-invalid", String(fault !== null));
    const pointer = fault !== null && fault.column !== null ? `${text}\n${" ".repeat(fault.column - 1)}^ ` : "";
    place.textContent = fault === null ? "" : `${pointer}${fault.message}`;
  }

  /**
   * @param {import("lab/state.js").State} setting
   * @param {any} problem  as Python tells it
   * @param {number[]} start
   */
  take(setting, problem, start) {
    const given = setting.problem, formula = input("#formula");
    if (given.kind === "shown" && this.own === null) select("#problem").add(new Option(given.name, "shown"));
    if (given.kind === "shown") this.own = given;
    select("#problem").value = given.kind === "gallery" ? `${given.name} ${problem.n}` : given.kind;
    if (given.kind === "formula") {
      if (formula.value !== given.text) formula.value = given.text;
    } else {
      formula.placeholder = problem.formula || "(1-x)^2 + 100*(y-x^2)^2";
    }
    input("#iterations").value = String(setting.iterations);
    find("#start").replaceChildren(...problem.variables.map((/** @type {string} */ name, /** @type {number} */ k) => {
      const label = document.createElement("label"), entry = document.createElement("input");
      Object.assign(entry, { type: "number", step: "any" });
      entry.addEventListener("change", () => {
        const next = this.start();
        if (Number.isFinite(next[k])) this.options.onStart(next);
      });
      label.append(`start ${name}`, entry);
      return label;
    }));
    this.showStart(start);
  }

  entries() {
    return [...find("#start").querySelectorAll("input")];
  }

  /** The start as shown; what was not changed keeps all its digits. */
  start() {
    return this.entries().map((entry, k) =>
      (entry.value === short(this.shown[k]) ? this.shown[k] : Number(entry.value)));
  }

  /** @param {number[]} start */
  showStart(start) {
    this.shown = start;
    this.entries().forEach((entry, k) => (entry.value = short(start[k])));
  }
}

/** @param {number} value */
function short(value) {
  return String(Number(value.toPrecision(6)));
}

// The map beside the stage: how runs end for each learning rate and value of a second hyper-parameter; its point moves
// the run in focus, and is moved by it.

import { unpacked } from "steepest/arrays.js";
import { HeatMap } from "steepest/heatmap.js";
import { canvas, find } from "lab/finding.js";
import { AskError, dropped } from "lab/link.js";

/** @typedef {import("lab/state.js").RunSetting} RunSetting */

const PAUSE = 200; // milliseconds of rest before a map is asked for

export class RateMap {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {any[]} methods
   * @param {{ onPick: (fields: Record<string, number>) => void, onShown: () => void }} options
   */
  constructor(link, methods, options) {
    this.link = link;
    this.methods = methods;
    this.options = options;
    this.about = ""; // what the map that is shown, or asked for, is about
    this.timer = 0;
    /** @type {number | null} the ask at work */
    this.asking = null;
    /** @type {string | null} the second hyper-parameter of the map that is shown */
    this.mapped = null;
    this.drawn = new HeatMap(canvas("#map"), {
      onPick: ({ x, y }) => {
        if (this.mapped !== null) options.onPick({ learning_rate: rounded(x), [this.mapped]: rounded(y) });
      },
      say: (text) => (find("#said").textContent = text),
    });
  }

  /**
   * A method's next number between 0 and 1 beside its learning rate; null where it has none.
   * @param {RunSetting} run
   * @returns {string | null}
   */
  second(run) {
    const method = this.methods.find(({ name }) => name === run.method);
    const rate = method?.fields.some((/** @type {any} */ field) => field.name === "learning_rate");
    const other = method?.fields.find(
      (/** @type {any} */ field) => field.kind === "float" && field.name !== "learning_rate"
      && field.low === 0 && field.high === 1);
    return rate === true && other !== undefined ? other.name : null;
  }

  /** Whatever comes next is another map. */
  forget() {
    this.about = "";
  }

  /**
   * Draws the map anew, once nothing has changed for a moment, where it is about something else than what is shown.
   * @param {Record<string, any>} asked  problem, start and iterations
   * @param {RunSetting} run             the run in focus
   * @param {any} told
   */
  follow(asked, run, told) {
    const other = this.second(run);
    const rest = Object.entries(run.fields).filter(([name]) => name !== "learning_rate" && name !== other);
    const about = JSON.stringify([asked, run.method, rest]);
    if (about === this.about) return;
    this.about = about;
    if (this.asking !== null) this.link.cancel(this.asking);
    this.asking = null;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(asked, run, told, other), PAUSE);
  }

  /**
   * @param {Record<string, any>} asked
   * @param {RunSetting} run
   * @param {any} told
   * @param {string | null} other
   */
  async ask(asked, run, told, other) {
    const note = find("#map-note");
    if (other === null) {
      note.textContent = "this method has no second number to draw a map over";
      this.mapped = null;
      this.drawn.clear();
      this.options.onShown();
      return;
    }
    const middle = told?.limit ?? run.fields.learning_rate ?? told?.fields?.learning_rate ?? 0.01;
    note.textContent = "drawing";
    try {
      const answer = await this.link.ask("map", {
        ...asked, run, x: { name: "learning_rate", low: middle / 300, high: middle * 10, count: 60, log: true },
        y: { name: other, low: 0, high: 0.99, count: 60, log: false },
      }, {
        slot: "map", progress: (done) => (note.textContent = `${Math.round(100 * done)} %`),
        begun: (id) => (this.asking = id),
      });
      if (answer === dropped) return;
      this.take(answer, other);
      this.options.onShown();
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      note.textContent = error.fault.message;
    }
  }

  /**
   * @param {any} answer
   * @param {string} other
   */
  take(answer, other) {
    this.mapped = other;
    this.drawn.show({
      x: { label: "learning rate", values: answer.x.values, log: true },
      y: { label: other.replaceAll("_", " "), values: answer.y.values, log: false },
      values: unpacked(answer.f).data, failures: answer.failures, label: "f above its lowest", log: true,
      boundary: answer.boundary,
    });
    find("#map-note").textContent = answer.boundary === null ? "" : `dashed: ${answer.boundary.label}`;
  }

  /**
   * The run in focus as a point on the map.
   * @param {RunSetting} run
   * @param {any} told
   * @param {number} focus
   */
  place(run, told, focus) {
    const rate = run.fields.learning_rate ?? told?.fields?.learning_rate;
    const other = this.mapped === null ? null : run.fields[this.mapped] ?? told?.fields?.[this.mapped];
    const known = typeof rate === "number" && typeof other === "number";
    const points = known ? [{ x: rate, y: other, colour: `run-${focus + 1}` }] : [];
    if (JSON.stringify(points) === JSON.stringify(this.drawn.points)) return;
    this.drawn.points = points;
    this.drawn.surface.ask();
  }
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(4));
}

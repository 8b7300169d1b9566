// The stage: the map of a function with the paths of all runs, whose start is dragged. Where the window moves off the
// ground, or comes much nearer, Python is asked for new ground; the old one stays until then.

import { column, unpacked } from "steepest/arrays.js";
import { number } from "steepest/format.js";
import { Ground } from "steepest/ground.js";
import { Stage } from "steepest/stage.js";
import { button, canvas, find } from "lab/finding.js";
import { hasPath } from "lab/function/runs.js";
import { AskError, dropped } from "lab/link.js";

/** @typedef {import("steepest/stage.js").View} View */

const PAUSE = 140; // milliseconds of rest before Python is asked
const NEARER = 4; // times as wide as the window: a ground too coarse for it

export class FunctionStage {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {{ asked: () => Record<string, any>, onStart: (start: number[]) => void, onGround: () => void }} options
   */
  constructor(link, options) {
    this.link = link;
    this.options = options;
    this.n = 2;
    /** @type {string[]} */
    this.variables = [];
    /** @type {{ kind: string, w: number[], f: number }[]} */
    this.points = [];
    /** @type {number[][]} the known minima */
    this.minima = [];
    /** @type {number[] | null} the point under the pointer */
    this.hovered = null;
    /** @type {string | null} what is to be said of where the start is dragged to, and is not said yet */
    this.unsaid = null;
    /** @type {Ground | null} the ground of the whole map */
    this.whole = null;
    /** @type {Record<string, number>} timers by what they are for */
    this.timers = {};
    this.drawn = new Stage(canvas("#stage"), {
      labels: ["", ""], view: { x: [-1, 1], y: [-1, 1] }, equal: false,
      say: (text) => {
        if (text === "") this.hovered = null;
        this.unsaid = text;
        this.tell();
      },
      onStart: (x, y) => {
        this.unsaid = this.hover(x, y);
        options.onStart(this.n === 1 ? [x] : [x, y]);
      },
      onView: () => this.soon("ground", () => this.askGround()),
      onHover: (x, y) => this.hover(x, y),
    });
    this.drawn.curveColour = "muted"; // the others are the runs'
    button("#nearer").addEventListener("click", () => this.drawn.zoom(0.7));
    button("#farther").addEventListener("click", () => this.drawn.zoom(1 / 0.7));
    button("#whole").addEventListener("click", () => this.drawn.reset());
  }

  /**
   * Another function.
   * @param {any} problem  as Python tells it
   */
  take(problem) {
    const { n, view, equal, minima, variables } = problem, stage = this.drawn;
    this.n = n;
    this.variables = variables;
    this.minima = n === 2 ? minima : [];
    this.points = [];
    const labels = n === 1 ? [variables[0], "f"] : variables;
    Object.assign(stage, { labels, home: view, equal, paths: [], arrows: [] });
    Object.assign(stage, { minima: this.minima, saddles: [], view: structuredClone(view) });
    this.takeGround(problem);
    this.whole = stage.ground;
    if (n === 2) this.askPoints();
  }

  /** @param {any} problem  an answer with "ground", or with "curve" */
  takeGround({ ground, curve }) {
    const stage = this.drawn, points = curve === undefined ? null : unpacked(curve).data;
    stage.ground = ground === undefined ? null : new Ground({ ...ground, values: unpacked(ground.values).data });
    stage.curve = points === null ? null : { x: column(points, 2, 0), y: column(points, 2, 1) };
    stage.surface.ask();
    this.options.onGround();
  }

  /**
   * The paths of the runs that have one.
   * @param {any[]} told
   * @param {import("lab/state.js").RunSetting[]} runs
   */
  draw(told, runs) {
    this.drawn.paths = told.flatMap((one, k) => (hasPath(one) ? [{
      name: runs[k].method, colour: `run-${k + 1}`, x: column(one.path, this.n, 0),
      y: this.n === 1 ? one.values : column(one.path, this.n, 1),
    }] : []));
  }

  /**
   * Once nothing of the kind was asked for a moment.
   * @param {string} what
   * @param {() => void} act
   */
  soon(what, act) {
    clearTimeout(this.timers[what]);
    this.timers[what] = setTimeout(act, PAUSE);
  }

  // -- new ground -----------------------------------------------------------------------------------------------------

  /** The window as it is on the screen. */
  window() {
    const { xs, ys } = this.drawn;
    return { x: xs.domain, y: ys.domain };
  }

  async askGround() {
    const stage = this.drawn, view = this.window();
    if (this.n === 1) {
      if (stage.curve !== null && covers([stage.curve.x[0], stage.curve.x[stage.curve.x.length - 1]], view.x)) return;
    } else if (stage.ground === null || fits(stage.ground, view)) {
      return;
    } else if (this.whole !== null && fits(this.whole, view)) {
      stage.ground = this.whole;
      stage.surface.ask();
      this.options.onGround();
      return;
    }
    const { problem } = this.options.asked();
    const answer = await this.trying("problem", { problem, view }, "ground");
    if (answer === null || JSON.stringify(problem) !== JSON.stringify(this.options.asked().problem)) return;
    this.takeGround(answer);
    if (this.n === 2) this.askPoints(view);
  }

  /** @param {View} [view]  the window to look in; the customary one without it */
  async askPoints(view) {
    const { problem, start } = this.options.asked();
    const given = { problem, start, ...(view === undefined ? {} : { view }) };
    const answer = await this.trying("stationary", given, "stationary");
    if (answer === null || JSON.stringify(problem) !== JSON.stringify(this.options.asked().problem)) return;
    this.points = answer.points;
    const own = (/** @type {string} */ kind) => this.points.filter((point) => point.kind === kind).map(({ w }) => w);
    const others = own("minimum").filter((w) => !this.minima.some((one) => near(w, one)));
    Object.assign(this.drawn, { minima: [...this.minima, ...others], saddles: own("saddle") });
    this.drawn.surface.ask();
    this.options.onGround();
  }

  // -- what is under the pointer --------------------------------------------------------------------------------------

  /** Says what is under the pointer. */
  tell() {
    if (this.unsaid !== null) find("#under").textContent = this.unsaid;
    this.unsaid = null;
  }

  /**
   * f read off the ground at once; f and its gradient as Python has them when the pointer rests.
   * @param {number} x
   * @param {number} y
   * @returns {string}
   */
  hover(x, y) {
    const w = this.n === 1 ? [x] : [x, y];
    this.hovered = w;
    this.soon("value", () => this.askValue(w));
    return this.drawn.read(x, y);
  }

  /** @param {number[]} w */
  async askValue(w) {
    const answer = await this.trying("value", { problem: this.options.asked().problem, w }, "value");
    if (answer === null || this.hovered !== w) return;
    const place = w.map((value, k) => `${this.variables[k]} ${number(value)}`).join("   ");
    const slope = answer.gradient === null ? "" : `   gradient (${answer.gradient.map(told).join(", ")})`;
    find("#under").textContent = `${place}   f ${told(answer.f)}${slope}`;
  }

  /**
   * An answer, or null where there is none.
   * @param {string} ask
   * @param {Record<string, any>} given
   * @param {string} slot
   */
  async trying(ask, given, slot) {
    try {
      const answer = await this.link.ask(ask, given, { slot });
      return answer === dropped ? null : answer;
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      return null;
    }
  }
}

/**
 * Whether a ground lies under all of a window, and is fine enough for it.
 * @param {Ground} ground
 * @param {View} view
 */
function fits({ data }, view) {
  return covers(data.x, view.x) && covers(data.y, view.y);
}

/**
 * @param {[number, number]} all
 * @param {[number, number]} ends  of the window
 */
function covers([low, high], [from, to]) {
  const slack = 1e-6 * (to - from);
  return low <= from + slack && high >= to - slack && high - low <= NEARER * (to - from);
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function near(a, b) {
  return a.every((value, k) => Math.abs(value - b[k]) <= 1e-4 * Math.max(1, Math.abs(b[k])));
}

/** @param {number | null} value */
function told(value) {
  return value === null ? "not finite" : number(value);
}

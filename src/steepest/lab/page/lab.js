// The lab's page: what is chosen goes to Python, what comes back is drawn. No step is computed here.

import { column, unpacked } from "steepest/arrays.js";
import { arrowsAt, legend } from "steepest/arrows.js";
import { Chart } from "steepest/chart.js";
import { count, number } from "steepest/format.js";
import { Ground } from "steepest/ground.js";
import { HeatMap } from "steepest/heatmap.js";
import { Player } from "steepest/player.js";
import { Stage } from "steepest/stage.js";
import { StepPanel } from "steepest/step_panel.js";
import { Card } from "lab/cards.js";
import { AskError, dropped, Link } from "lab/link.js";
import { drawMultiples } from "lab/multiples.js";
import { share } from "lab/share.js";
import { FIRST, fromFragment, MOST_RUNS, toFragment } from "lab/state.js";

/**
 * @typedef {import("lab/state.js").State} State
 * @typedef {import("lab/state.js").RunSetting} RunSetting
 */

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const input = (/** @type {string} */ selector) => /** @type {HTMLInputElement} */ (find(selector));
const select = (/** @type {string} */ selector) => /** @type {HTMLSelectElement} */ (find(selector));
const canvas = (/** @type {string} */ selector) => /** @type {HTMLCanvasElement} */ (find(selector));

class Lab {
  /**
   * @param {Link} link
   * @param {any} catalogue
   * @param {any[]} scenes
   */
  constructor(link, catalogue, scenes) {
    this.link = link;
    this.methods = catalogue.methods.filter((/** @type {any} */ method) => !method.needs_data);
    this.functions = catalogue.functions.filter((/** @type {any} */ one) => one.n <= 2);
    this.scenes = scenes;
    /** @type {State} */
    this.state = fromFragment(location.hash) ?? structuredClone(FIRST);
    /** @type {any} */
    this.problem = null;
    /** @type {any[]} */
    this.told = [];
    /** @type {Card[]} */
    this.cards = [];
    /** @type {any} */
    this.trace = null;
    this.row = 0;
    /** @type {Stage | null} */
    this.stage = null;
    /** @type {Chart | null} */
    this.chart = null;
    this.map = new HeatMap(canvas("#map"), {
      onPick: ({ x, y }) => this.pick(x, y), say: (text) => (find("#said").textContent = text),
    });
    this.player = new Player(find("#player"), {
      rows: 2, tell: (row) => `iteration ${count(row)}`, onRow: (row) => this.show(row),
    });
    this.controls();
  }

  /** What does not change with the problem. */
  controls() {
    const functions = select("#function");
    for (const one of this.functions) {
      functions.add(new Option(one.n === 2 ? one.name : `${one.name} (one variable)`, `${one.name} ${one.n}`));
    }
    functions.add(new Option("a formula", "formula"));
    functions.addEventListener("change", () => {
      const [name, n] = functions.value.split(" ");
      if (name !== "formula") this.change({ problem: { kind: "gallery", name, n: Number(n) }, start: null });
      else input("#formula").focus();
    });
    const formula = input("#formula");
    formula.addEventListener("input", () => this.typed(formula.value));
    const scenes = select("#scene");
    this.scenes.forEach(({ title }, k) => scenes.add(new Option(title, String(k))));
    scenes.addEventListener("change", () => {
      const scene = this.scenes[Number(scenes.value)];
      if (scenes.value !== "" && scene !== undefined) this.tellStory(scene);
    });
    const iterations = input("#iterations");
    iterations.addEventListener("change", () => {
      const wanted = Math.round(Number(iterations.value));
      this.change({ iterations: Math.min(Math.max(wanted || 1, 1), 1_000_000) });
    });
    find("#add").addEventListener("click", () => this.add());
    find("#multiply").addEventListener("click", () => this.multiply());
    const log = input("#log");
    log.addEventListener("change", () => this.chart?.setLog(log.checked));
    share(this.link, () => ({ ...this.asked(), run: this.state.runs[this.state.focus] }), () => toFragment(this.state));
    addEventListener("hashchange", () => {
      const state = fromFragment(location.hash);
      if (state !== null) this.change(state, true);
    });
  }

  /** @param {{ title: string, story: string, state: State }} scene */
  tellStory(scene) {
    const story = find("#story");
    story.textContent = scene.story;
    story.hidden = false;
    this.change(structuredClone(scene.state), true);
  }

  /** Six methods at most. */
  add() {
    if (this.state.runs.length >= MOST_RUNS) return;
    const used = new Set(this.state.runs.map((run) => run.method));
    const wanted = ["momentum", "adam", "nesterov", "rmsprop", "gradient_descent", "adagrad", "lion"];
    const method = wanted.find((name) => !used.has(name)) ?? "momentum";
    const runs = [...this.state.runs, { method, fields: { learning_rate: null } }];
    this.change({ runs, focus: runs.length - 1 }, true);
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
      select("#function").value = "formula";
      this.change({ problem: { kind: "formula", text }, start: null });
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

  /** What every ask about the picture says. */
  asked() {
    const { problem, start, iterations } = this.state;
    return { problem, start: start ?? this.problem?.start_list ?? null, iterations };
  }

  /**
   * @param {Partial<State>} change
   * @param {boolean} [anew]  whether the cards are to be made again
   */
  async change(change, anew = false) {
    document.body.dataset.busy = "true";
    this.changes = (this.changes ?? 0) + 1;
    const before = this.state, number = this.changes;
    this.state = { ...before, ...change };
    history.replaceState(null, "", toFragment(this.state));
    if (anew) this.makeCards();
    const other = JSON.stringify(before.problem) !== JSON.stringify(this.state.problem);
    if (other || this.problem === null || anew) await this.loadProblem();
    this.settled = this.refresh();
    await this.settled;
    if (number === this.changes) document.body.dataset.busy = "false";
  }

  /** The function's ground, names and start. */
  async loadProblem() {
    const { problem, start } = this.state;
    const answer = await this.link.ask("problem", { problem, ...(start === null ? {} : { start }) }, { slot: "problem" });
    if (answer === dropped) return;
    this.problem = { ...answer, start_list: [...unpacked(answer.start).data] };
    const functions = select("#function");
    functions.value = problem.kind === "gallery" ? `${problem.name} ${this.problem.n}` : "formula";
    if (problem.kind === "formula") input("#formula").value = problem.text;
    else input("#formula").placeholder = this.problem.formula || "(1-x)^2 + 100*(y-x^2)^2";
    input("#iterations").value = String(this.state.iterations);
    this.makeStage();
    this.makeStart();
    this.panel = new StepPanel(cleared(find("#steps")), {
      variables: this.problem.variables, iteration: new Float64Array(1), w: new Float64Array(this.problem.n), trace: null,
      unit: "iteration",
    });
    this.askMap();
  }

  makeStage() {
    const { n, view, equal, ground, curve, minima, variables } = this.problem;
    const place = canvas("#stage"), labels = n === 1 ? [variables[0], "f"] : variables;
    if (this.stage === null) {
      this.stage = new Stage(place, {
        labels, view, equal, say: (text) => (find("#under").textContent = text), onStart: (x, y) => this.drag(x, y),
      });
    }
    const stage = this.stage;
    Object.assign(stage, { labels, home: view, equal, paths: [], arrows: [] });
    stage.reset();
    stage.ground = ground === undefined ? null : new Ground({ ...ground, values: unpacked(ground.values).data });
    const points = curve === undefined ? null : unpacked(curve).data;
    stage.curve = points === null ? null : { x: column(points, 2, 0), y: column(points, 2, 1) };
    stage.minima = n === 2 ? minima : [];
    stage.surface.ask();
  }

  /** The start as numbers to type. */
  makeStart() {
    const place = find("#start"), start = this.state.start ?? this.problem.start_list;
    place.replaceChildren(...this.problem.variables.map((/** @type {string} */ name, /** @type {number} */ k) => {
      const label = document.createElement("label"), entry = document.createElement("input");
      Object.assign(entry, { type: "number", step: "any", value: String(Number(start[k].toPrecision(6))) });
      entry.addEventListener("change", () => {
        const next = [...(this.state.start ?? this.problem.start_list)];
        next[k] = Number(entry.value);
        if (Number.isFinite(next[k])) this.change({ start: next });
      });
      label.append(`start ${name}`, entry);
      return label;
    }));
  }

  /**
   * The start is dragged.
   * @param {number} x
   * @param {number} y
   */
  drag(x, y) {
    const start = this.problem.n === 1 ? [x] : [x, y];
    find("#start").querySelectorAll("input").forEach((entry, k) => (entry.value = String(Number(start[k].toPrecision(6)))));
    this.change({ start });
  }

  makeCards() {
    this.cards = this.state.runs.map((run, k) => new Card(run, k, this.methods, {
      onChange: (changed) => {
        const runs = this.state.runs.map((one, j) => (j === k ? changed : one));
        this.change({ runs, focus: k }, changed.method !== run.method || !sameFields(changed, this.cards[k].run));
      },
      onRemove: () => {
        const runs = this.state.runs.filter((_, j) => j !== k);
        if (runs.length > 0) this.change({ runs, focus: Math.min(this.state.focus, runs.length - 1) }, true);
      },
      onWhy: () => this.ask("explain", k, (card, answer) => card.explain(answer)),
      onSuggest: () => this.ask("suggest", k, (card, answer) => card.suggest(answer)),
      onFocus: () => {
        this.state = { ...this.state, focus: k };
        this.change({ focus: k });
        this.askMap();
      },
    }));
    find("#cards").replaceChildren(...this.cards.map((card) => card.element));
    /** @type {HTMLButtonElement} */ (find("#add")).disabled = this.state.runs.length >= MOST_RUNS;
  }

  /**
   * A question about one run, answered on its card.
   * @param {string} ask
   * @param {number} k
   * @param {(card: Card, answer: any) => void} take
   */
  async ask(ask, k, take) {
    const card = this.cards[k], run = this.state.runs[k];
    card.say("looking at it");
    try {
      const answer = await this.link.ask(ask, { ...this.asked(), run }, { slot: `${ask} ${k}` });
      if (answer !== dropped && card === this.cards[k] && run === this.state.runs[k]) take(card, answer);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      card.say(error.fault.message);
    }
  }

  /** Runs everything again with what is chosen now. */
  async refresh() {
    this.cards.forEach((card, k) => card.focus(k === this.state.focus));
    this.placePoint();
    const answer = await this.link.ask("paths", { ...this.asked(), runs: this.state.runs }, { slot: "paths" });
    if (answer === dropped) return;
    this.told = answer.runs.map(unpackedRun);
    this.told.forEach((told, k) => this.cards[k]?.tell(told));
    this.drawPaths();
    this.placePoint();
    const { focus } = this.state;
    const steps = await this.link.ask("steps", { ...this.asked(), run: this.state.runs[focus] }, { slot: "steps" });
    if (steps !== dropped) this.takeSteps(steps.trace, this.told[focus]);
  }

  drawPaths() {
    const stage = this.stage, n = this.problem.n;
    if (stage === null) return;
    const sound = this.told.map((told, k) => ({ told, k })).filter(({ told }) => told.w !== undefined && told.path !== null);
    stage.paths = sound.map(({ told, k }) => ({
      name: this.state.runs[k].method, colour: `run-${k + 1}`, x: column(told.path, n, 0),
      y: n === 1 ? told.values : column(told.path, n, 1),
    }));
    const rows = Math.max(2, ...sound.map(({ told }) => told.values.length));
    const iteration = Float64Array.from({ length: rows }, (_, t) => t);
    const options = {
      title: "f", xlabel: "iteration", iteration, log: input("#log").checked,
      series: sound.map(({ told, k }) => ({ name: this.state.runs[k].method, colour: `run-${k + 1}`, values: told.values })),
      onRow: (/** @type {number} */ row) => { this.player.pause(); this.player.go(row); },
    };
    if (this.chart === null) this.chart = new Chart(canvas("#f-chart"), options);
    else this.chart.options = options;
    const last = this.row === 0 || this.row >= this.player.options.rows - 1;
    if (rows !== this.player.options.rows) this.player.resize(rows);
    this.player.go(last ? rows - 1 : Math.min(this.row, rows - 1));
  }

  /**
   * @param {any} trace
   * @param {any} told
   */
  takeSteps(trace, told) {
    if (told?.path === undefined || told.path === null || this.panel === undefined) return;
    this.trace = trace === null ? null : {
      velocity: trace.velocity, scaled: trace.scaled, gradient: unpacked(trace.gradient).data, statements: trace.statements,
      slots: trace.slots.map((/** @type {any} */ slot) => ({ name: slot.name, values: unpacked(slot.values).data })),
      fields: Object.fromEntries(Object.entries(trace.fields).map(([name, values]) => [name, unpacked(/** @type {any} */ (values)).data])),
    };
    this.panel.take({
      variables: this.problem.variables, iteration: told.iteration, w: told.path, trace: this.trace, unit: "iteration",
    });
    this.show(this.row);
  }

  /** @param {number} row */
  show(row) {
    this.row = row;
    this.chart?.show(row);
    this.stage?.show(row);
    const told = this.told[this.state.focus];
    const here = told?.values === undefined ? 0 : Math.min(row, told.values.length - 1);
    if (told?.values !== undefined) {
      find("#where").textContent = `iteration ${count(told.iteration[here])}   f ${number(told.values[here], 6)}`;
    }
    if (this.panel !== undefined && this.panel.steps.w.length >= (here + 1) * this.problem.n) this.panel.show(here);
    this.pointArrows(told, here);
  }

  /**
   * The arrows of the run in focus.
   * @param {any} told
   * @param {number} row
   */
  pointArrows(told, row) {
    const path = this.stage?.paths.find(({ colour }) => colour === `run-${this.state.focus + 1}`);
    if (this.stage === null || this.problem?.n !== 2 || path === undefined) return;
    const known = this.trace !== null && this.trace.gradient.length === told.path.length;
    if (!known || row + 1 >= told.iteration.length) {
      this.stage.arrows = [];
      find("#legend").replaceChildren();
      return;
    }
    const flat = (/** @type {Float64Array} */ values, /** @type {number} */ at, /** @type {number} */ factor) =>
      /** @type {[number, number]} */ ([factor * values[2 * at], factor * values[2 * at + 1]]);
    const { x, y } = path, { trace } = this, { velocity, scaled } = trace;
    const found = arrowsAt({ x, y, iteration: told.iteration, trace, velocity, scaled, flat }, row, (by) => this.stage?.pixels(by) ?? 0);
    legend(find("#legend"), found);
    this.stage.arrows = found.arrows;
  }

  // -- the map ---------------------------------------------------------------------------------------------------------

  /** The two hyper-parameters of the map: the learning rate, and the method's next number between 0 and 1. */
  axes() {
    const run = this.state.runs[this.state.focus];
    const method = this.methods.find((/** @type {any} */ one) => one.name === run.method);
    const rate = method?.fields.find((/** @type {any} */ field) => field.name === "learning_rate");
    const other = method?.fields.find((/** @type {any} */ field) => field.kind === "float" && field.name !== "learning_rate"
      && field.low === 0 && field.high === 1);
    return rate === undefined || other === undefined ? null : { method, other };
  }

  async askMap() {
    const axes = this.axes(), note = find("#map-note");
    if (axes === null || this.problem === null) {
      note.textContent = "this method has no second number to draw a map over";
      this.mapped = undefined;
      this.map.clear();
      return;
    }
    const focus = this.state.runs[this.state.focus], told = this.told[this.state.focus];
    const rate = focus.fields.learning_rate ?? told?.fields?.learning_rate ?? 0.01;
    const middle = told?.limit ?? rate, low = middle / 300, high = middle * 10;
    note.textContent = "drawing";
    try {
      const answer = await this.link.ask("map", {
        ...this.asked(), run: focus, x: { name: "learning_rate", low, high, count: 48, log: true },
        y: { name: axes.other.name, low: 0, high: 0.99, count: 40, log: false },
      }, { slot: "map", progress: (done) => (note.textContent = `${Math.round(100 * done)} %`) });
      if (answer === dropped) return;
      this.takeMap(answer, axes.other.name);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      note.textContent = error.fault.message;
    }
  }

  /**
   * @param {any} answer
   * @param {string} other
   */
  takeMap(answer, other) {
    this.mapped = other;
    this.map.show({
      x: { label: "learning rate", values: answer.x.values, log: true },
      y: { label: other.replaceAll("_", " "), values: answer.y.values, log: false },
      values: unpacked(answer.f).data, failures: answer.failures, label: "f above its lowest", log: true,
      boundary: answer.boundary,
    });
    find("#map-note").textContent = answer.boundary === null ? "" : `dashed: ${answer.boundary.label}`;
    this.placePoint();
  }

  /** The runs that the map is about, as points on it. */
  placePoint() {
    const { runs, focus } = this.state, run = runs[focus], told = this.told[focus];
    const rate = run.fields.learning_rate ?? told?.fields?.learning_rate;
    const other = this.mapped === undefined ? null : run.fields[this.mapped] ?? told?.fields?.[this.mapped];
    const known = typeof rate === "number" && typeof other === "number";
    this.map.points = known ? [{ x: rate, y: other, colour: `run-${focus + 1}` }] : [];
    this.map.surface.ask();
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  pick(x, y) {
    const { runs, focus } = this.state;
    if (this.mapped === undefined) return;
    const fields = { ...runs[focus].fields, learning_rate: rounded(x), [this.mapped]: rounded(y) };
    const changed = { method: runs[focus].method, fields };
    this.cards[focus].run = changed;
    for (const control of this.cards[focus].controls) {
      if (control.field.name in fields) control.set(/** @type {number} */ (fields[control.field.name] ?? null));
    }
    this.change({ runs: runs.map((one, k) => (k === focus ? changed : one)) });
  }

  // -- small multiples -------------------------------------------------------------------------------------------------

  async multiply() {
    await this.settled;
    const run = this.state.runs[this.state.focus], told = this.told[this.state.focus];
    const middle = told?.limit ?? run.fields.learning_rate ?? told?.fields?.learning_rate ?? 0.1;
    const rates = [0.02, 0.1, 0.4, 0.9].map((share) => Number((share * middle).toPrecision(2)));
    const other = this.axes()?.other.name ?? null;
    const levels = other === null ? [null] : [0, 0.5, 0.9];
    const cells = levels.flatMap((level) => rates.map((rate) => ({
      method: run.method, fields: { ...run.fields, learning_rate: rate, ...(other === null ? {} : { [other]: level }) },
    })));
    const answer = await this.link.ask("paths", { ...this.asked(), runs: cells }, { slot: "multiples" });
    if (answer === dropped || this.stage === null) return;
    drawMultiples(find("#multiples"), this.stage, answer.runs.map(unpackedRun), cells, this.problem, other, (cell) => {
      const runs = this.state.runs.map((one, k) => (k === this.state.focus ? cells[cell] : one));
      this.change({ runs }, true);
    });
  }
}

/**
 * An answer's run with its arrays as numbers.
 * @param {any} run
 */
function unpackedRun(run) {
  if (run.error !== undefined || run.path === null) return run;
  const values = unpacked(run.values).data;
  const iteration = run.iteration === null ? Float64Array.from(values, (_, t) => t) : unpacked(run.iteration).data;
  return { ...run, path: unpacked(run.path).data, values, iteration, w: unpacked(run.w).data };
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(4));
}

/**
 * Whether a card's own controls made the change, so that it need not be made again.
 * @param {RunSetting} a
 * @param {RunSetting} b
 */
function sameFields(a, b) {
  return a.method === b.method && JSON.stringify(a.fields) === JSON.stringify(b.fields);
}

/**
 * The step panel's place without what an older panel left there.
 * @param {HTMLElement} place
 */
function cleared(place) {
  const choice = /** @type {HTMLSelectElement} */ (place.querySelector("select"));
  choice.replaceWith(document.createElement("select"));
  return place;
}

const link = new Link((sentence) => (find("#connection").textContent = sentence));
const [catalogue, { scenes }] = await Promise.all([link.ask("catalogue"), link.ask("scenes")]);
const lab = new Lab(link, catalogue, scenes);
lab.makeCards();
await lab.change({}, false);
document.body.dataset.ready = "true";

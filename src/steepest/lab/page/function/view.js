// The view of functions: what is chosen goes to Python, what comes back is drawn. No step is computed here.

import { unpacked } from "steepest/arrays.js";
import { button, find } from "lab/finding.js";
import { Choosing } from "lab/function/choosing.js";
import { RateMap } from "lab/function/map.js";
import { Methods } from "lab/function/methods.js";
import { ModesPanel } from "lab/function/modes.js";
import { cellsOf, drawMultiples } from "lab/function/multiples.js";
import { Pacing } from "lab/function/pacing.js";
import { Playing } from "lab/function/playing.js";
import { unpackedRun } from "lab/function/runs.js";
import { FunctionStage } from "lab/function/stage.js";
import { SurfacePanel } from "lab/function/surface.js";
import { Disclosed, mapTable, pointsTable, runsTable } from "lab/function/tables.js";
import { AskError, dropped } from "lab/link.js";
import { share } from "lab/share.js";
import { FIRST, remember, toFragment } from "lab/state.js";

/** @typedef {import("lab/state.js").State} State */

const REST = 24; // milliseconds before the numbers of the step are asked for
const HELD = 120; // the same where changes follow one another as closely as this: a hand is moving something
const READ = 100; // between changes of what is to be read: while something moves the frames are for what is drawn
const PAUSE = 250; // before the small multiples are made again

export class FunctionView {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {any} catalogue
   * @param {(sentence: string) => void} say
   */
  constructor(link, catalogue, say) {
    this.link = link;
    this.say = say;
    /** @type {State} */
    this.setting = structuredClone(FIRST);
    /** @type {any} */
    this.problem = null;
    /** @type {any[]} */
    this.told = [];
    this.changes = 0;
    this.anew = 0; // the last change that the answers to those before say nothing of
    this.changed = -Infinity; // when the last change was made, and when words last followed, by performance.now()
    this.read = -Infinity;
    this.rest = REST;
    this.unread = false; // whether runs are drawn that the words say nothing of
    /** @type {number[] | null} where the start was dragged to, that its fields do not say yet */
    this.dragged = null;
    this.pacing = new Pacing((/** @type {any} */ given) => link.ask("paths", given, { slot: "paths" }));
    const methods = catalogue.methods.filter((/** @type {any} */ method) => !method.needs_data);
    this.choosing = new Choosing(link, catalogue.functions.filter((/** @type {any} */ one) => one.n <= 2), {
      onProblem: (problem) => this.change({ problem, start: null }),
      onStart: (start) => this.change({ start }),
      onIterations: (iterations) => this.change({ iterations }),
    });
    this.methods = new Methods(link, methods, {
      chosen: () => this.setting, asked: () => this.asked(), onChange: (change, anew) => this.change(change, anew),
    });
    this.stage = new FunctionStage(link, {
      asked: () => this.asked(), onStart: (start) => this.drag(start), onGround: () => this.grounded(),
    });
    this.surface = new SurfacePanel(find("#surface"), button("#three-d"), this.stage.drawn, say);
    this.playing = new Playing(this.stage.drawn, () => this.moved());
    this.modes = new ModesPanel(link, this.stage.drawn, {
      about: () => (this.problem === null ? null : { ...this.asked(), run: this.run }),
      onRow: (iteration) => this.playing.player.go(this.rowAt(iteration)),
    });
    this.map = new RateMap(link, methods, {
      onPick: (fields) => this.methods.pick(fields), onShown: () => this.placePoint(),
    });
    this.tables = [
      new Disclosed(find("#points"), () => pointsTable(this.stage.points, this.stage.variables)),
      new Disclosed(find("#runs-table"), () =>
        runsTable(this.told, this.setting.runs, this.problem?.n ?? 2, this.playing.row)),
      new Disclosed(find("#map-table"), () => mapTable(this.map.drawn.cells)),
    ];
    this.multiplied = 0; // the timer by which the small multiples follow, once they were asked for
    find("#multiply").addEventListener("click", () => this.multiply());
    const shown = () => ({ ...this.asked(), run: this.run, runs: this.setting.runs, window: this.stage.window() });
    share(find("#share"), link, shown, () => toFragment(this.setting));
  }

  /** @param {State | null} state */
  async show(state) {
    if (state !== null) this.problem = null;
    await this.change(state ?? {}, state !== null || this.methods.cards.length === 0);
  }

  hide() {
    this.playing.player.pause();
  }

  state() {
    return this.setting;
  }

  /** The run in focus. */
  get run() {
    return this.setting.runs[this.setting.focus];
  }

  /** What every ask about the picture says. */
  asked() {
    const { problem, start, iterations } = this.setting;
    return { problem, start: start ?? this.problem?.start_list ?? null, iterations };
  }

  /**
   * @param {Partial<State>} change
   * @param {boolean} [anew]  whether the cards are to be made again
   */
  async change(change, anew = false) {
    document.body.dataset.busy = "true";
    this.changes += 1;
    const before = this.setting, number = this.changes, now = performance.now();
    this.setting = { ...before, ...change };
    this.rest = now - this.changed < HELD ? HELD : REST;
    this.changed = now;
    if (anew) this.methods.make();
    const other = this.problem === null || JSON.stringify(before.problem) !== JSON.stringify(this.setting.problem);
    if (anew || other) this.anew = number;
    this.settled = this.answer(other);
    await this.settled;
    if (number !== this.changes) return;
    if (this.unread) this.tell();
    remember(this.setting);
    document.body.dataset.busy = "false";
  }

  /** @param {boolean} other  whether it is another function */
  async answer(other) {
    try {
      if (!other || (await this.load())) await this.refresh();
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      this.say(error.fault.message);
    }
  }

  /**
   * The function's ground, names and start.
   * @returns {Promise<boolean>}  false where another function is on its way already
   */
  async load() {
    const { problem, start } = this.setting;
    const given = { problem, ...(start === null ? {} : { start }) };
    const answer = await this.link.ask("problem", given, { slot: "problem" });
    if (answer === dropped) return false;
    this.problem = { ...answer, start_list: [...unpacked(answer.start).data] };
    this.choosing.take(this.setting, this.problem, start ?? this.problem.start_list);
    this.stage.take(this.problem);
    this.playing.begin(this.problem);
    this.surface.take(this.problem.n);
    this.modes.close();
    this.map.forget();
    return true;
  }

  /** Runs everything again with what is chosen now. */
  async refresh() {
    const { runs, focus } = this.setting, { changes } = this;
    this.methods.focus(focus);
    if (this.dragged === null) this.placePoint();
    const moving = this.rest === HELD && changes !== this.anew;
    const answer = await this.pacing.want({ ...this.asked(), runs }, moving);
    if (answer === dropped || changes < this.anew) return;
    this.say("");
    this.told = answer.runs.map(unpackedRun);
    this.stage.draw(this.told, runs);
    this.playing.take(this.told, this.setting);
    this.unread = true;
    if (performance.now() - this.read > READ) this.tell();
    this.map.follow(this.asked(), this.run, this.told[focus]);
    await new Promise((resolve) => setTimeout(resolve, this.rest));
    if (changes !== this.changes) return;
    if (this.unread) this.tell();
    const steps = await this.link.ask("steps", { ...this.asked(), run: this.run }, { slot: "steps" });
    if (steps !== dropped) this.playing.takeSteps(steps.trace);
    this.modes.follow();
    if (this.multiplied === 0) return;
    clearTimeout(this.multiplied);
    this.multiplied = setTimeout(() => this.multiply(), PAUSE);
  }

  /** What is to be read of the runs that are drawn. */
  tell() {
    this.read = performance.now();
    this.unread = false;
    if (this.dragged !== null && this.dragged === this.setting.start) this.choosing.showStart(this.dragged);
    this.dragged = null;
    this.methods.tell(this.told);
    this.stage.tell();
    this.playing.tell();
    this.placePoint();
    this.tables.forEach((table) => table.fill());
  }

  /** Another row is shown. */
  moved() {
    this.surface.ask();
    const told = this.told[this.setting.focus], { row } = this.playing;
    if (told?.iteration !== undefined) this.modes?.show(told.iteration[Math.min(row, told.iteration.length - 1)]);
  }

  /**
   * The row of the run in focus at an iteration.
   * @param {number} iteration
   */
  rowAt(iteration) {
    const all = this.told[this.setting.focus]?.iteration ?? [];
    const found = all.findIndex((/** @type {number} */ t) => t >= iteration);
    return found < 0 ? Math.max(all.length - 1, 0) : found;
  }

  /**
   * The start is dragged.
   * @param {number[]} start
   */
  drag(start) {
    this.dragged = start;
    this.change({ start });
  }

  /** There is new ground, or there are other points on it. */
  grounded() {
    this.surface?.ask();
    this.tables?.forEach((table) => table.fill());
  }

  placePoint() {
    this.map.place(this.run, this.told[this.setting.focus], this.setting.focus);
    this.tables?.[2].fill();
  }

  /** A dozen settings of the run in focus; from then on they follow the start. */
  async multiply() {
    await this.settled;
    if (this.multiplied === 0) this.multiplied = -1;
    const { focus } = this.setting, other = this.map.second(this.run);
    const cells = cellsOf(this.run, this.told[focus], other);
    const answer = await this.link.ask("paths", { ...this.asked(), runs: cells }, { slot: "multiples" }).catch(refused);
    if (answer === dropped || answer === null) return;
    const told = answer.runs.map(unpackedRun);
    drawMultiples(find("#multiples"), this.stage.drawn, told, cells, this.problem, other, (cell) => {
      this.methods.replace(this.setting.focus, cells[cell], true);
    });
  }
}

/**
 * Nothing, for an ask that was refused.
 * @param {unknown} error
 */
function refused(error) {
  if (!(error instanceof AskError)) throw error;
  return null;
}

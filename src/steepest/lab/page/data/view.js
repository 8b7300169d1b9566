// The view of data: runs that learn from examples, side by side. Python trains; what comes back is drawn.

import { count } from "steepest/format.js";
import { Player } from "steepest/player.js";
import { Boundary } from "lab/data/boundary.js";
import { Curves } from "lab/data/curves.js";
import { Judgement } from "lab/data/judgement.js";
import { placeOf } from "lab/data/lines.js";
import { fitting, Model } from "lab/data/model.js";
import { Newest } from "lab/data/newest.js";
import { Source } from "lab/data/source.js";
import { FIRST_DATA, MOST_EPOCHS, MOST_RUNS } from "lab/data/state.js";
import { Trainee, whereFocus } from "lab/data/trainee.js";
import { Trainer } from "lab/data/trainer.js";
import { isQuick, toldAt, Training } from "lab/data/training.js";
import { WeightsPanel } from "lab/data/weights.js";
import { button, find, input } from "lab/finding.js";
import { lasting, question } from "lab/lasting.js";
import { AskError, dropped } from "lab/link.js";
import { share } from "lab/share.js";
import { remember, toFragment } from "lab/state.js";

/**
 * @typedef {import("lab/data/state.js").DataState} DataState
 * @typedef {import("lab/data/state.js").DataRun} DataRun
 * @typedef {import("lab/data/boundary.js").Window} Window
 */

export class DataView {
  /**
   * @param {import("lab/link.js").Link} link
   * @param {any} catalogue
   * @param {(sentence: string) => void} say
   */
  constructor(link, catalogue, say) {
    this.link = link;
    this.methods = catalogue.methods;
    this.say = say;
    /** @type {DataState} */
    this.setting = structuredClone(FIRST_DATA);
    /** @type {import("lab/data/source.js").TableTold | null} */
    this.table = null;
    /** @type {DataState["data"] | null} what the table is of */
    this.loaded = null;
    /** @type {Training[]} */
    this.trainings = [];
    /** @type {Trainee[]} */
    this.trainees = [];
    this.iteration = 0;
    this.pending = 0;
    this.loads = 0;
    /** @type {Window | null} of the boundary; null: the one that shows all rows */
    this.window = null;
    /** @type {Source | null} */
    this.source = null;
    this.model = new Model((model) => this.change({ model }));
    this.curves = new Curves({
      onSeek: (iteration) => {
        this.player.pause();
        this.player.go(iteration);
      },
      onAxis: (axis, along) => this.change({ axis, along }),
    });
    this.weights = new WeightsPanel();
    this.judgement = new Judgement({ onAsk: () => this.judge() });
    this.boundary = new Boundary({ onView: (window) => { this.window = window; this.decide(); } });
    this.trainer = new Trainer(link, {
      asked: (run) => this.asked(run),
      onNews: (training) => {
        this.told(training);
        this.curves.draw();
      },
      onEnd: (training) => this.ended(training),
      onLimit: (training, limit) => this.trainees[this.trainings.indexOf(training)]?.bound(limit),
    });
    this.judging = new Newest((/** @type {any} */ wanted) => this.askJudge(wanted));
    this.deciding = new Newest((/** @type {any} */ wanted) => this.askBoundary(wanted));
    this.player = new Player(find("#data-player"), {
      rows: 2, tell: (row) => `epoch ${count(row)}`, onRow: (row) => this.showAt(row),
    });
    find("#data-train").addEventListener("click", () => this.train(this.trainings));
    find("#data-add").addEventListener("click", () => this.add());
    const epochs = input("#data-epochs");
    epochs.addEventListener("change", () => {
      this.change({ epochs: Math.min(Math.max(Math.round(Number(epochs.value)) || 1, 1), MOST_EPOCHS) });
    });
    const shown = () => this.asked(this.setting.runs[this.setting.focus]);
    share(find("#data-share"), link, shown, () => toFragment(this.setting));
  }

  /** @param {DataState | null} state */
  async show(state) {
    await this.during(async () => {
      if (this.source === null) {
        const { datasets } = await this.link.ask("datasets");
        this.source ??= new Source(datasets, (data) => this.change({ data }));
      }
      if (state !== null || this.table === null) await this.begin(state ?? this.setting);
      else remember(this.setting);
    });
  }

  hide() {
    this.player.pause();
  }

  state() {
    return this.setting;
  }

  /**
   * What every ask about a run says.
   * @param {DataRun} run
   */
  asked(run) {
    const { data, model, epochs } = this.setting;
    return { data, model, run, epochs };
  }

  /**
   * The page is busy until this is done.
   * @param {() => Promise<void>} work
   */
  async during(work) {
    this.pending += 1;
    document.body.dataset.busy = "true";
    try {
      await work();
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      this.say(error.fault.message);
    } finally {
      this.pending -= 1;
      if (this.pending === 0) document.body.dataset.busy = "false";
    }
  }

  /**
   * Another state altogether.
   * @param {DataState} state
   */
  async begin(state) {
    this.setting = state;
    this.trainer.cancel(this.trainings);
    this.trainings = state.runs.map((run) => new Training(run));
    this.iteration = Infinity;
    this.curves.over(state.axis, state.along);
    await this.load();
  }

  /** @param {Partial<DataState>} change */
  change(change) {
    this.say("");
    this.setting = { ...this.setting, ...change };
    remember(this.setting);
    if (change.data !== undefined) this.during(() => this.load());
    else if (change.model !== undefined || change.epochs !== undefined) this.renew(this.trainings);
  }

  /** The table of what is chosen, and runs that learn from it. */
  async load() {
    const number = ++this.loads, { data } = this.setting;
    remember(this.setting);
    this.source?.show(data);
    this.source?.tell(`reading ${data.name}`);
    this.window = null;
    this.trainer.cancel(this.trainings);
    try {
      const answer = await lasting(this.link, "table", { data }, {
        slot: "table", place: find("#data-about"), say: (sentence) => this.source?.tell(sentence),
      });
      if (number !== this.loads) return;
      if (answer === dropped) return this.back();
      this.table = answer;
      this.loaded = this.setting.data;
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      this.table = null;
      for (const place of ["#data-rest", "#data-share"]) find(place).hidden = true;
      this.source?.fault(error.fault.message);
      return;
    }
    this.take(/** @type {import("lab/data/source.js").TableTold} */ (this.table));
  }

  /** Reading was let go: what was there before stays. */
  back() {
    if (this.table === null || this.loaded === null) return;
    this.setting = { ...this.setting, data: this.loaded };
    this.source?.show(this.loaded);
    this.take(this.table);
  }

  /** @param {import("lab/data/source.js").TableTold} table */
  take(table) {
    this.setting = { ...this.setting, model: fitting(this.setting.model, table) };
    remember(this.setting);
    this.source?.take(table);
    for (const place of ["#data-rest", "#data-share"]) find(place).hidden = table.fault !== null;
    if (table.fault !== null) return;
    this.model.show(this.setting.model, table, (this.setting.data.classes ?? table.classes ?? []).length);
    this.judgement.reset((table.test_rows ?? 0) > 0);
    input("#data-epochs").value = String(this.setting.epochs);
    for (const training of this.trainings) training.forget();
    this.makeCards();
    this.draw();
    this.renew(this.trainings);
  }

  // -- runs -----------------------------------------------------------------------------------------------------------

  makeCards() {
    const held = whereFocus(find("#data-cards"));
    this.trainees = this.setting.runs.map((run, k) => new Trainee(run, k, this.methods, {
      onChange: (changed) => this.changeRun(k, changed),
      onRemove: () => this.remove(k),
      onFocus: () => this.look(k),
      onWhy: () => this.question("explain", k, (card, answer) => card.explain(answer)),
      onSuggest: () => this.question("suggest", k, (card, answer) => card.suggest(answer)),
      onPause: () => this.trainer.say(this.trainings[k], "pause"),
      onResume: () => this.trainer.say(this.trainings[k], "resume"),
      onStop: () => this.trainer.say(this.trainings[k], "stop"),
      onCancel: () => this.trainer.cancel([this.trainings[k]]),
    }));
    find("#data-cards").replaceChildren(...this.trainees.map(({ element }) => element));
    this.trainees.forEach((trainee, k) => {
      trainee.card.focus(k === this.setting.focus);
      trainee.show(this.trainings[k]);
      trainee.tell(this.trainings[k]);
    });
    held?.();
    button("#data-add").disabled = this.setting.runs.length >= MOST_RUNS;
  }

  /**
   * @param {number} k
   * @param {DataRun} run
   */
  changeRun(k, run) {
    const before = this.setting.runs[k], own = this.trainees[k];
    const anew = run.method !== before.method || run.batch_size !== before.batch_size
      || JSON.stringify(run.fields) !== JSON.stringify(own.card.run.fields);
    own.run = run;
    this.trainings[k].run = run;
    this.change({ runs: this.setting.runs.map((one, j) => (j === k ? run : one)), focus: k });
    if (anew) this.makeCards();
    this.trainees.forEach((trainee, j) => trainee.card.focus(j === k));
    this.renew([this.trainings[k]]);
  }

  /** @param {number} k */
  remove(k) {
    if (this.trainings.length === 1) return;
    this.trainer.cancel([this.trainings[k]]);
    this.trainings.splice(k, 1);
    const runs = this.setting.runs.filter((_, j) => j !== k), { focus } = this.setting;
    this.change({ runs, focus: Math.min(focus > k ? focus - 1 : focus, runs.length - 1) });
    this.makeCards();
    this.draw();
  }

  /** The run in focus once more, at the next batch size. */
  add() {
    const { runs, focus } = this.setting;
    if (runs.length >= MOST_RUNS) return;
    const run = { method: "momentum", fields: { learning_rate: null }, batch_size: runs[focus].batch_size };
    this.trainings.push(new Training(run));
    this.change({ runs: [...runs, run], focus: runs.length });
    this.makeCards();
    this.renew(this.trainings.slice(-1));
  }

  /** @param {number} k */
  look(k) {
    this.change({ focus: k });
    this.trainees.forEach((trainee, j) => trainee.card.focus(j === k));
    this.judgement.cell = null;
    this.draw();
  }

  /**
   * A question about one run, answered on its card.
   * @param {string} ask
   * @param {number} k
   * @param {(card: import("lab/cards.js").Card, answer: any) => void} take
   */
  question(ask, k, take) {
    const { card } = this.trainees[k];
    question(this.link, card, ask, this.asked(this.setting.runs[k]), (answer) => {
      if (card === this.trainees[k]?.card) take(card, answer);
    });
  }

  // -- training -------------------------------------------------------------------------------------------------------

  /**
   * Something of these runs was changed: what is quick is trained again at once, the others when one asks for it.
   * @param {Training[]} trainings
   */
  renew(trainings) {
    for (const training of trainings) training.stale = true;
    const quick = trainings.filter((training) => isQuick(training, this.table, this.setting.epochs));
    this.train(quick);
    for (const training of trainings) if (!quick.includes(training)) this.told(training);
  }

  /** @param {Training[]} trainings */
  train(trainings) {
    for (const training of trainings) this.during(() => this.trainer.train(training));
  }

  /**
   * A training has ended, well or not.
   * @param {Training} training
   */
  ended(training) {
    if (!this.trainings.includes(training)) return;
    this.told(training);
    this.trainees[this.trainings.indexOf(training)].tell(training);
    this.draw();
  }

  /**
   * How far a training is, on its card.
   * @param {Training} training
   */
  told(training) {
    this.trainees[this.trainings.indexOf(training)]?.show(training);
    const stale = this.trainings.some((one) => one.stale && !one.working);
    find("#data-train").classList.toggle("wanted", stale);
    find("#data-stale").textContent = stale ? "Something was changed; press Train." : "";
  }

  // -- what is shown --------------------------------------------------------------------------------------------------

  /** The run in focus, where it has been trained. */
  get focused() {
    return this.trainings[this.setting.focus]?.trained ?? null;
  }

  /** Everything that follows from the runs, at the row that was shown or at the new end. */
  draw() {
    const { options } = this.player, last = this.iteration >= options.rows - 1;
    const rows = Math.max(1, ...this.trainings.map(({ trained }) => trained?.nit ?? 0)) + 1;
    this.curves.show(this.trainings, this.setting.focus, this.table?.kind === "regression");
    this.weights.take(this.focused?.weights ?? null, this.table?.image_shape ?? null);
    if (rows !== options.rows) this.player.resize(rows);
    this.player.go(last ? rows - 1 : Math.min(this.iteration, rows - 1));
  }

  /** @param {number} iteration */
  showAt(iteration) {
    this.iteration = iteration;
    this.curves.at(iteration);
    const trained = this.focused;
    const where = trained === null ? `epoch ${count(iteration)}` : toldAt(trained, iteration, this.table?.kind);
    find("#data-where").textContent = where;
    if (trained === null) {
      this.judgement.hide();
      this.boundary.hide();
      return;
    }
    this.weights.show(placeOf(trained.iteration, iteration));
    this.judge();
    this.decide();
  }

  judge() {
    const trained = this.focused;
    if (trained === null) return;
    const row = placeOf(trained.iteration, this.iteration);
    this.during(() => this.judging.want({ key: trained.key, row, ...this.judgement.asked() }));
  }

  /** @param {{ key: string }} wanted */
  async askJudge(wanted) {
    const own = () => wanted.key === this.focused?.key;
    try {
      const answer = await this.link.ask("judge", wanted, { slot: "judge" });
      if (answer !== dropped && own()) this.judgement.show(answer, this.table?.image_shape ?? null);
    } catch (error) {
      if (!(error instanceof AskError)) throw error;
      if (own()) this.judgement.refuse(error.fault.message);
    }
  }

  /** Of a run on two columns: where it decides for what. */
  decide() {
    const trained = this.focused;
    if (trained === null || trained.weights?.features !== 2) return this.boundary.hide();
    const row = placeOf(trained.iteration, this.iteration), view = this.window === null ? {} : { view: this.window };
    this.during(() => this.deciding.want({ key: trained.key, row, ...view }));
  }

  /** @param {{ key: string }} wanted */
  async askBoundary(wanted) {
    const answer = await this.link.ask("boundary", wanted, { slot: "boundary" });
    if (answer !== dropped && wanted.key === this.focused?.key) this.boundary.show(answer);
  }
}

// One run in training: its setting, how far it is, and what came of it, as numbers to draw.

import { unpacked } from "steepest/arrays.js";
import { count, number } from "steepest/format.js";
import { placeOf } from "lab/data/lines.js";

/**
 * @typedef {"idle" | "waiting" | "working" | "paused"} Stage
 * @typedef {"epochs" | "gradients" | "samples" | "seconds"} AxisName
 * @typedef {object} Trained       what the ask `train` says, unpacked
 * @property {string} key          under which the lab holds the run
 * @property {string} outcome
 * @property {string} state        "good", "bad" or ""
 * @property {string} sentence
 * @property {Record<string, number>} advice
 * @property {Record<string, any>} fields
 * @property {string} unit
 * @property {number} nit
 * @property {number} f
 * @property {number | null} limit
 * @property {number} seconds
 * @property {boolean} stopped
 * @property {Float64Array} iteration    of each row
 * @property {Float64Array} values       f by row
 * @property {Float64Array} errorRows    rows at which errors are known
 * @property {Float64Array} errorTrain
 * @property {Float64Array | null} errorTest
 * @property {Record<AxisName, Float64Array | null>} axes  by row
 * @property {Weights | null} weights
 * @typedef {object} Weights
 * @property {Float64Array} rows         rows at which weights are known
 * @property {Float64Array} values       (rows, features, outputs)
 * @property {number} features
 * @property {number} outputs
 * @property {Float64Array} intercepts   (rows, outputs)
 * @property {string[]} names            of the features
 * @property {string[]} classes          of the outputs, where there are several
 * @property {number} scale              the largest size of a weight
 */

/** @type {AxisName[]} */
export const AXES = ["epochs", "gradients", "samples", "seconds"];

const QUICK = 0.15; // seconds: a training that takes no longer is made again at once when something is changed
const LIGHT = 3e7, FIRST_LIGHT = 3e8; // multiplications: the same before its time is known, and for the first training

let slots = 0;

export class Training {
  /** @param {import("lab/data/state.js").DataRun} run */
  constructor(run) {
    this.run = run;
    /** Its asks take one another's place. */
    this.slot = `train ${++slots}`;
    /** @type {Stage} */
    this.stage = "idle";
    /** @type {number | null} the ask that is at work */
    this.id = null;
    this.done = 0;
    this.note = ""; // what it waits for
    /** Whether what came of it is of another setting than the one that is shown. */
    this.stale = true;
    this.fault = "";
    /** @type {Trained | null} */
    this.trained = null;
    this.live = nothingYet();
  }

  /** It is asked for. */
  begin() {
    this.stage = "waiting";
    this.note = "waiting";
    this.stale = false;
    this.fault = "";
    this.done = 0;
    this.live = nothingYet();
  }

  /**
   * @param {{ done: number, text?: string, row?: number, f?: number, gradients?: number, seconds?: number }} news
   */
  grow({ done, text, row, f, gradients, seconds }) {
    const last = this.live.epochs[this.live.epochs.length - 1] ?? -1;
    if (row === undefined || f === undefined) this.note = text ?? this.note; // it is getting ready
    if (row === undefined || f === undefined || row <= last) return;
    if (this.stage === "waiting") this.stage = "working";
    this.done = done;
    this.live.epochs.push(row);
    this.live.gradients.push(gradients ?? NaN);
    this.live.seconds.push(seconds ?? NaN);
    this.live.values.push(f);
  }

  /** @param {any} answer */
  finish(answer) {
    this.stage = "idle";
    this.id = null;
    this.trained = trainedOf(answer);
  }

  /** @param {string} sentence */
  fail(sentence) {
    this.stage = "idle";
    this.id = null;
    this.fault = sentence;
    this.trained = null;
  }

  /** Nobody waits for it any more. */
  withdraw() {
    this.stage = "idle";
    this.id = null;
    this.stale = true;
  }

  /** Other data: what came of it says nothing any more. */
  forget() {
    this.withdraw();
    this.trained = null;
    this.fault = "";
    this.live = nothingYet();
  }

  get working() {
    return this.stage !== "idle";
  }
}

/**
 * The values of a run at work, and where they stand on the axes that are known before its end.
 * @returns {{ values: number[], epochs: number[], gradients: number[], seconds: number[] }}
 */
function nothingYet() {
  return { values: [], epochs: [], gradients: [], seconds: [] };
}

/**
 * Whether a run is trained at once where something was changed.
 * @param {Training} training
 * @param {import("lab/data/source.js").TableTold | null} table
 * @param {number} epochs
 */
export function isQuick({ trained }, table, epochs) {
  if (table === null) return false;
  const { train_rows, columns, more_columns, classes } = table;
  const work = (train_rows ?? 0) * (columns.length + more_columns) * (classes?.length ?? 1) * epochs;
  if (trained === null) return work <= FIRST_LIGHT;
  return work <= LIGHT || trained.seconds * (epochs / Math.max(trained.nit, 1)) <= QUICK;
}

/**
 * An answer's arrays as numbers.
 * @param {any} answer
 * @returns {Trained}
 */
export function trainedOf(answer) {
  const data = (/** @type {any} */ packed) => (packed === null || packed === undefined ? null : unpacked(packed).data);
  const values = unpacked(answer.values).data;
  return {
    ...answer, values,
    iteration: data(answer.iteration) ?? Float64Array.from(values, (_, t) => t),
    errorRows: Float64Array.from(answer.error_rows), errorTrain: data(answer.error_train),
    errorTest: data(answer.error_test),
    axes: Object.fromEntries(AXES.map((name) => [name, data(answer[`${name}_axis`])])),
    weights: weightsOf(answer),
  };
}

/**
 * @param {any} answer
 * @returns {Weights | null}
 */
function weightsOf(answer) {
  if (answer.weights === null || answer.weights === undefined) return null;
  const { shape, data } = unpacked(answer.weights.values);
  return {
    rows: Float64Array.from(answer.weights.rows), values: data, features: shape[1], outputs: shape[2],
    intercepts: unpacked(answer.weights.intercepts).data, names: answer.feature_names, classes: answer.classes ?? [],
    scale: answer.coefficient_scale || 1,
  };
}

/**
 * Loss and errors at an iteration, in a line.
 * @param {Trained} trained
 * @param {number} iteration
 * @param {string | undefined} kind  "regression", or what has shares of rows for errors
 */
export function toldAt(trained, iteration, kind) {
  const row = placeOf(trained.iteration, iteration), at = placeOf(trained.errorRows, row);
  const said = (/** @type {number} */ error) =>
    (kind === "regression" ? number(error, 4) : `${number(100 * error, 3)} %`);
  const held = trained.errorTest === null ? "" : `   held out ${said(trained.errorTest[at])}`;
  const loss = `epoch ${count(trained.iteration[row])}   loss ${number(trained.values[row], 5)}`;
  return `${loss}   error ${said(trained.errorTrain[at])}${held}`;
}

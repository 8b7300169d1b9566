// What the view of data shows, as one object that fits into a link: data, model, runs, epochs.

/**
 * @typedef {object} DataSetting
 * @property {"builtin" | "file"} kind
 * @property {string} name
 * @property {string} [id]               of an uploaded file
 * @property {string | null} [target]    null: the one that the table names
 * @property {string[]} [drop]           columns that are left out
 * @property {"auto" | "classification" | "regression"} [task]
 * @property {string | null} [impute]    how missing cells are filled; null: they are refused
 * @property {string[] | null} classes   rows of these classes only
 * @property {string[] | null} features  two columns only
 * @property {boolean} standardize
 * @property {number} test               share of the rows that is held out
 * @property {number} seed
 * @typedef {{ loss: string, penalty: string, alpha: number, multi_class: string }} ModelSetting
 * @typedef {{ method: string, fields: Record<string, number | boolean | null>, batch_size: number | null }} DataRun
 *   batch_size null: all rows
 * @typedef {object} DataState
 * @property {"data"} view
 * @property {DataSetting} data
 * @property {ModelSetting} model
 * @property {DataRun[]} runs
 * @property {number} focus   which of the runs weights, judgement and links are about
 * @property {number} epochs
 * @property {string} axis    what curves are drawn over: epochs, gradients, samples, seconds
 * @property {boolean} along  whether that axis is logarithmic
 */

export const MOST_RUNS = 6;
export const MOST_EPOCHS = 100_000;
export const MODEL = { loss: "log_loss", penalty: "l2", alpha: 0.0001, multi_class: "auto" };

/** @type {DataState} */
export const FIRST_DATA = {
  view: "data",
  data: builtIn("digits"),
  model: MODEL,
  runs: [
    { method: "gradient_descent", fields: { learning_rate: 0.5 }, batch_size: null },
    { method: "gradient_descent", fields: { learning_rate: 0.05 }, batch_size: 32 },
    { method: "gradient_descent", fields: { learning_rate: 0.005 }, batch_size: 1 },
  ],
  focus: 1,
  epochs: 30,
  axis: "epochs",
  along: false,
};

/**
 * A built-in set as it is first shown.
 * @param {string} name
 * @returns {DataSetting}
 */
export function builtIn(name) {
  return { kind: "builtin", name, classes: null, features: null, standardize: true, test: 0.25, seed: 0 };
}

/**
 * A file that was uploaded, as it is first shown.
 * @param {string} id
 * @param {string} name
 * @returns {DataSetting}
 */
export function fileOf(id, name) {
  return { ...builtIn(name), kind: "file", id, target: null, drop: [], task: "auto", impute: null };
}

/**
 * A state that a link gave, if it is a sound one. What the words in it mean is Python's to check.
 * @param {any} given
 * @returns {DataState | null}
 */
export function soundData(given) {
  const { data, model } = given ?? {};
  const runs = Array.isArray(given?.runs) ? given.runs.slice(0, MOST_RUNS) : [];
  const whole = runs.length > 0 && runs.every((/** @type {any} */ run) => typeof run?.method === "string");
  if (!whole || !["builtin", "file"].includes(data?.kind) || typeof data.name !== "string") return null;
  const first = data.kind === "builtin" ? builtIn(data.name) : fileOf(String(data.id), data.name);
  const size = (/** @type {any} */ batch) => (Number.isInteger(batch) && batch > 0 ? batch : null);
  return {
    view: "data",
    data: { ...first, ...data },
    model: { ...MODEL, ...model },
    runs: runs.map((/** @type {any} */ { method, fields, batch_size }) =>
      ({ method, fields: { ...fields }, batch_size: size(batch_size) })),
    focus: Math.min(Math.max(Number(given.focus) || 0, 0), runs.length - 1),
    epochs: Math.min(Math.max(Math.round(Number(given.epochs)) || FIRST_DATA.epochs, 1), MOST_EPOCHS),
    axis: typeof given.axis === "string" ? given.axis : FIRST_DATA.axis,
    along: given.along === true,
  };
}

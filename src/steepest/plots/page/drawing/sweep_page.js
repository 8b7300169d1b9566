// The page of a sweep: the map of its runs, and the path and the curve of the one that is chosen.

import { column, unpacked } from "steepest/arrays.js";
import { Chart } from "steepest/chart.js";
import { number } from "steepest/format.js";
import { Ground } from "steepest/ground.js";
import { HeatMap } from "steepest/heatmap.js";
import { Stage } from "steepest/stage.js";

/**
 * @typedef {import("steepest/arrays.js").Packed} Packed
 * @typedef {import("steepest/heatmap.js").Axis & { texts: string[] }} Axis
 * @typedef {object} SweepData
 * @property {string} unit
 * @property {string[]} variables
 * @property {Axis} x
 * @property {Axis} y
 * @property {number[]} run  (y * x) which of `runs` a cell shows, -1 for none
 * @property {string[]} failures
 * @property {boolean[]} chaotic
 * @property {{ name: string, values: Packed, log: boolean }[]} values
 * @property {{ x: number[], y: number[], label: string } | null} boundary
 * @property {null | { labels: [string, string], view: import("steepest/stage.js").View, equal: boolean,
 *   minima: [number, number][],
 *   ground: null | (Omit<import("steepest/ground.js").GroundData, "values"> & { values: Packed }) }} stage
 * @property {{ outcome: string, sentence: string, w: number[], iteration: Packed, f: Packed | null,
 *   path: Packed | null }[]} runs
 */

const data = /** @type {SweepData} */ (
  JSON.parse(/** @type {HTMLElement} */ (document.getElementById("sweep")).textContent));
/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const canvas = (/** @type {string} */ selector) => /** @type {HTMLCanvasElement} */ (find(selector));

const map = new HeatMap(canvas("#map"), {
  snap: true, onPick: ({ cell }) => choose(cell), say: (text) => (find("#said").textContent = text),
});
const stage = data.stage === null ? null : stageOf(data.stage);
/** @type {Chart | null} */
let chart = null;
const value = /** @type {HTMLSelectElement} */ (find("#value"));
data.values.forEach(({ name }, k) => value.add(new Option(name, String(k))));
value.addEventListener("change", colour);
colour();
choose(bestCell());

/** The map in the colours of the chosen column. */
function colour() {
  const { name, values, log } = data.values[Number(value.value)];
  map.show({
    x: data.x, y: data.y, values: unpacked(values).data, failures: data.failures, label: name, log,
    boundary: data.boundary,
  });
}

/** The cell with the lowest first value; the first with a run where none has one. */
function bestCell() {
  const values = unpacked(data.values[0].values).data;
  let best = data.run.findIndex((run) => run >= 0);
  data.run.forEach((run, cell) => {
    const better = !(values[best] <= values[cell]) || data.failures[best] !== "";
    if (run >= 0 && data.failures[cell] === "" && Number.isFinite(values[cell]) && better) best = cell;
  });
  return best;
}

/** @param {number} cell */
function choose(cell) {
  const columns = data.x.values.length, i = cell % columns, j = Math.floor(cell / columns);
  map.points = [{ x: data.x.values[i], y: data.y.values[j], colour: "path" }];
  map.surface.ask();
  const second = data.y.label === "" ? "" : `   ${data.y.label} ${data.y.texts[j]}`;
  find("#where").textContent = `${data.x.label} ${data.x.texts[i]}${second}`;
  const run = data.runs[data.run[cell]];
  if (run === undefined) {
    find("#how").textContent = "no run here";
    return;
  }
  const w = run.w.map((v, k) => `${data.variables[k]} ${number(v, 6)}`).join("   ");
  const doubt = data.chaotic[cell] ? "   Rounding decides where this run ends." : "";
  find("#how").textContent = `${run.sentence}.   ${w}${doubt}`;
  const iteration = unpacked(run.iteration).data;
  if (run.f !== null) {
    const f = unpacked(run.f).data;
    const options = {
      title: "f", xlabel: data.unit, iteration, series: [{ name: "f", colour: "path", values: f }], log: true,
      onRow: (/** @type {number} */ row) => show(row),
    };
    if (chart === null) chart = new Chart(canvas("#f-chart"), options);
    else chart.options = options;
    chart.show(iteration.length - 1);
  }
  if (stage !== null && run.path !== null) {
    const path = unpacked(run.path).data;
    stage.paths = [{ name: "run", colour: "path", x: column(path, 2, 0), y: column(path, 2, 1) }];
    stage.show(iteration.length - 1);
  }
}

/** @param {number} row */
function show(row) {
  chart?.show(row);
  stage?.show(row);
}

/** @param {NonNullable<SweepData["stage"]>} given */
function stageOf(given) {
  const made = new Stage(canvas("#stage"), {
    labels: given.labels, view: given.view, equal: given.equal, say: (text) => (find("#under").textContent = text),
  });
  if (given.ground !== null) {
    const { values, ...rest } = given.ground;
    made.ground = new Ground({ ...rest, values: unpacked(values).data });
  }
  made.minima = given.minima;
  return made;
}

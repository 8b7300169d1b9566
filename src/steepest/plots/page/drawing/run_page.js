// The page of one run: the map or the curve, f and the gradient over the rows, the player and the numbers of each step.

import { column, unpacked } from "steepest/arrays.js";
import { arrowsAt, legend } from "steepest/arrows.js";
import { Chart } from "steepest/chart.js";
import { count, number } from "steepest/format.js";
import { Ground } from "steepest/ground.js";
import { Player } from "steepest/player.js";
import { Stage } from "steepest/stage.js";
import { StepPanel } from "steepest/step_panel.js";

/**
 * @typedef {import("steepest/arrays.js").Packed} Packed
 * @typedef {import("steepest/stage.js").Arrow} Arrow
 * @typedef {object} StageData
 * @property {[string, string]} labels
 * @property {import("steepest/stage.js").View} view
 * @property {boolean} equal
 * @property {Packed} path  (rows, 2)
 * @property {[number, number][]} minima
 * @property {null | (Omit<import("steepest/ground.js").GroundData, "values"> & { values: Packed })} ground
 * @property {null | Packed} curve  (points, 2)
 * @property {null | Packed} directions  (2, n), where the map is a plane through more variables
 * @typedef {object} RunData
 * @property {string} unit
 * @property {string[]} variables
 * @property {Packed} iteration
 * @property {Packed} w
 * @property {Packed} f
 * @property {{ name: string, values: Packed, log: boolean }[]} curves  more columns of the record
 * @property {StageData | null} stage
 * @property {null | { gradient: Packed, slots: { name: string, values: Packed }[], fields: Record<string, Packed>,
 *   statements: [string, string][], velocity: boolean, scaled: boolean }} trace
 *   `velocity`: v holds the last step; `scaled`: steps grow with the gradient
 */

const data = /** @type {RunData} */ (
  JSON.parse(/** @type {HTMLElement} */ (document.getElementById("run")).textContent)
);
const iteration = unpacked(data.iteration).data, w = unpacked(data.w).data, f = unpacked(data.f).data;
const n = data.variables.length, rows = iteration.length;
const trace = data.trace === null ? null : {
  gradient: unpacked(data.trace.gradient).data,
  slots: data.trace.slots.map(({ name, values }) => ({ name, values: unpacked(values).data })),
  fields: Object.fromEntries(Object.entries(data.trace.fields).map(([name, values]) => [name, unpacked(values).data])),
  statements: data.trace.statements,
};

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));
const canvas = (/** @type {string} */ selector) => /** @type {HTMLCanvasElement} */ (find(selector));

const stage = data.stage === null ? null : stageOf(data.stage);
const charts = [
  new Chart(canvas("#f-chart"), {
    title: "f", xlabel: data.unit, iteration, series: [{ name: "f", colour: "path", values: f }], log: true, onRow: go,
  }),
  ...data.curves.slice(0, 1).map(({ name, values, log }) => new Chart(canvas("#second-chart"), {
    title: name, xlabel: data.unit, iteration, series: [{ name, colour: "curve", values: unpacked(values).data }], log,
    onRow: go,
  })),
];
const panel = new StepPanel(find("#steps"), { variables: data.variables, iteration, w, trace, unit: data.unit });
const player = new Player(find("#player"), {
  rows, tell: (row) => `${data.unit} ${count(iteration[row])}`, onRow: show,
});
const scale = /** @type {HTMLInputElement} */ (find("#log"));
scale.addEventListener("change", () => charts.forEach((chart) => chart.setLog(scale.checked)));
player.go(0);

/** @param {number} row */
function go(row) {
  player.pause();
  player.go(row);
}

/** @param {number} row */
function show(row) {
  find("#where").textContent = `${data.unit} ${count(iteration[row])}   f ${number(f[row], 6)}`;
  for (const chart of charts) chart.show(row);
  panel.show(row);
  if (stage === null) return;
  stage.arrows = arrowsOf(row);
  stage.show(row);
}

/** @param {StageData} given */
function stageOf(given) {
  const path = unpacked(given.path).data;
  const made = new Stage(canvas("#stage"), {
    labels: given.labels, view: given.view, equal: given.equal,
    say: (text) => (find("#under").textContent = text),
  });
  if (given.ground !== null) {
    const { values, ...rest } = given.ground;
    made.ground = new Ground({ ...rest, values: unpacked(values).data });
  }
  if (given.curve !== null) {
    const points = unpacked(given.curve).data;
    made.curve = { x: column(points, 2, 0), y: column(points, 2, 1) };
  }
  made.minima = given.minima;
  made.paths = [{ name: "run", colour: "path", x: column(path, 2, 0), y: column(path, 2, 1) }];
  return made;
}

/**
 * The arrows from the shown point.
 * @param {number} row
 * @returns {Arrow[]}
 */
function arrowsOf(row) {
  if (stage === null || trace === null || data.trace === null || stage.curve !== null) return [];
  const { x, y } = stage.paths[0], { velocity, scaled } = data.trace;
  const found = arrowsAt({ x, y, iteration, trace, velocity, scaled, flat }, row, (by) => stage.pixels(by));
  legend(find("#legend"), found);
  return found.arrows;
}

/**
 * A vector of all variables, seen in the map.
 * @param {Float64Array} values
 * @param {number} row
 * @param {number} factor
 * @returns {[number, number]}
 */
function flat(values, row, factor) {
  const directions = data.stage === null || data.stage.directions === null
    ? null : unpacked(data.stage.directions).data;
  if (directions === null) return [factor * values[row * n], factor * values[row * n + 1]];
  let x = 0, y = 0;
  for (let k = 0; k < n; k++) {
    x += directions[k] * values[row * n + k];
    y += directions[n + k] * values[row * n + k];
  }
  return [factor * x, factor * y];
}

// Small multiples: the same start under a dozen settings, each on the same ground; pressing one takes it over.

import { column } from "steepest/arrays.js";
import { number } from "steepest/format.js";
import { Stage } from "steepest/stage.js";

/** @typedef {import("lab/state.js").RunSetting} RunSetting */

const RATES = [0.02, 0.1, 0.4, 0.9]; // shares of the stability limit
const LEVELS = [0, 0.5, 0.9];

/**
 * The settings of the pictures: learning rates by values of a second hyper-parameter, where there is one.
 * @param {RunSetting} run
 * @param {any} told
 * @param {string | null} other
 * @returns {RunSetting[]}
 */
export function cellsOf(run, told, other) {
  const middle = told?.limit ?? run.fields.learning_rate ?? told?.fields?.learning_rate ?? 0.1;
  const rates = RATES.map((share) => Number((share * middle).toPrecision(2)));
  const levels = other === null ? [{}] : LEVELS.map((level) => ({ [other]: level }));
  return levels.flatMap((level) => rates.map((rate) => ({
    method: run.method, fields: { ...run.fields, learning_rate: rate, ...level },
  })));
}

/**
 * @param {HTMLElement} place
 * @param {Stage} stage     whose ground and window they share
 * @param {any[]} told      the runs, in order
 * @param {RunSetting[]} cells
 * @param {{ n: number, variables: string[] }} problem
 * @param {string | null} other
 * @param {(cell: number) => void} onPick
 */
export function drawMultiples(place, stage, told, cells, problem, other, onPick) {
  const figures = told.map((run, k) => {
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    const caption = document.createElement("figcaption"), { fields } = cells[k];
    const second = other === null ? "" : `, ${other.replaceAll("_", " ")} ${number(Number(fields[other]), 3)}`;
    const end = run.error ?? `${run.outcome}, f ${number(run.f, 3)}`;
    caption.textContent = `learning rate ${number(Number(fields.learning_rate), 3)}${second}: ${end}`;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "button");
    canvas.setAttribute("aria-label", caption.textContent);
    canvas.addEventListener("click", () => onPick(k));
    canvas.addEventListener("keydown", (event) => event.key === "Enter" && onPick(k));
    figure.append(canvas, caption);
    return { figure, canvas, run };
  });
  const held = [...place.querySelectorAll("canvas")].findIndex((canvas) => canvas === document.activeElement);
  place.replaceChildren(...figures.map(({ figure }) => figure));
  figures[held]?.canvas.focus({ preventScroll: true });
  for (const { canvas, run } of figures) {
    const made = new Stage(canvas, {
      labels: ["", ""], view: stage.view, equal: stage.equal, say: () => {}, still: true,
    });
    made.ground = stage.ground;
    made.curve = stage.curve;
    made.minima = stage.minima;
    if (run.error === undefined && run.path !== null) {
      const y = problem.n === 1 ? run.values : column(run.path, problem.n, 1);
      made.paths = [{ name: run.outcome, colour: "path", x: column(run.path, problem.n, 0), y }];
      made.row = run.values.length - 1;
    }
    made.surface.ask();
  }
}

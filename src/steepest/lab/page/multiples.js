// Small multiples: the same start under a dozen settings, each on the same ground; pressing one takes it over.

import { column } from "steepest/arrays.js";
import { number } from "steepest/format.js";
import { Stage } from "steepest/stage.js";

/**
 * @param {HTMLElement} place
 * @param {Stage} stage     whose ground and window they share
 * @param {any[]} told      the runs, in order
 * @param {import("lab/state.js").RunSetting[]} cells
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
  place.replaceChildren(...figures.map(({ figure }) => figure));
  for (const { canvas, run } of figures) {
    const made = new Stage(canvas, { labels: ["", ""], view: stage.view, equal: stage.equal, say: () => {}, still: true });
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

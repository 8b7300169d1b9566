// The arrows at a row of a path: the step that comes, the slope downhill, and what the rule carries on.

import { number } from "steepest/format.js";

/**
 * @typedef {import("steepest/stage.js").Arrow} Arrow
 * @typedef {import("steepest/step_panel.js").Trace} Trace
 * @typedef {object} Moves
 * @property {ArrayLike<number>} x           the path on the map
 * @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} iteration
 * @property {Trace} trace
 * @property {boolean} velocity              whether the slot v is the last step
 * @property {boolean} scaled                whether steps grow with the gradient
 * @property {(values: Float64Array, row: number, factor: number) => [number, number]} flat
 *   a vector of all variables as the map shows it
 */

const ENLARGED = 46; // pixels of the longest arrow, where it would be shorter

/**
 * From the point at `row`; arrows too short to be seen are all enlarged alike.
 * @param {Moves} moves
 * @param {number} row
 * @param {(by: [number, number]) => number} pixels  how long a vector of the map is on the screen
 * @returns {{ arrows: Arrow[], enlarged: number }}
 */
export function arrowsAt(moves, row, pixels) {
  const { x, y, iteration, trace, flat } = moves, rows = iteration.length, next = Math.min(row + 1, rows - 1);
  const from = /** @type {[number, number]} */ ([x[row], y[row]]);
  const step = /** @type {[number, number]} */ ([x[next] - from[0], y[next] - from[1]]);
  const { learning_rate: rates, momentum } = trace.fields;
  /** @type {Arrow[]} */
  const found = [];
  if (moves.scaled && rates !== undefined) {
    found.push({
      name: "\u2212rate \u00d7 gradient", colour: "downhill", from, by: flat(trace.gradient, row, -rates[next]),
    });
  } else {
    const down = flat(trace.gradient, row, -1), length = pixels(down), by = length > 0 ? pixels(step) / length : 0;
    found.push({ name: "straight downhill", colour: "downhill", from, by: [by * down[0], by * down[1]] });
  }
  const slot = trace.slots.find(({ name }) => name === "v");
  if (moves.velocity && slot !== undefined && momentum !== undefined) {
    found.push({
      name: "momentum \u00d7 velocity", colour: "velocity", from, by: flat(slot.values, row, momentum[next]),
    });
  }
  if (iteration[next] - iteration[row] === 1) found.push({ name: "the step", colour: "path", from, by: step });
  const longest = Math.max(...found.map(({ by }) => pixels(by)));
  const enlarged = longest > 0 && longest < ENLARGED ? ENLARGED / longest : 1;
  for (const arrow of found) arrow.by = [enlarged * arrow.by[0], enlarged * arrow.by[1]];
  return { arrows: found, enlarged };
}

/**
 * What the arrows are, beside the map.
 * @param {HTMLElement} place
 * @param {{ arrows: Arrow[], enlarged: number }} found
 */
export function legend(place, { arrows, enlarged }) {
  place.replaceChildren(...arrows.map(({ name, colour }) => {
    const entry = document.createElement("span");
    entry.className = `key ${colour}`;
    entry.textContent = name;
    return entry;
  }));
  if (enlarged > 1) place.append(`arrows enlarged ${number(enlarged, 2)} times`);
}

// What the page shows, as one object that fits into a link: of the view of functions problem, start, methods and
// iterations; of the view of data an object that names its view.

import { soundData } from "lab/data/state.js";
import { keepFragment } from "lab/host.js";

/**
 * @typedef {{ kind: "gallery", name: string, n?: number } | { kind: "formula", text: string }
 *   | { kind: "shown", id: string, name: string }} ProblemName  "shown": one that Python code showed
 * @typedef {object} RunSetting
 * @property {string} method
 * @property {Record<string, number | boolean | null>} fields  null is "auto", or the default
 * @typedef {object} State
 * @property {ProblemName} problem
 * @property {number[] | null} start   null is the problem's own
 * @property {RunSetting[]} runs
 * @property {number} focus            which of the runs the step, the map and the links are about
 * @property {number} iterations
 */

/** @type {State} */
export const FIRST = {
  problem: { kind: "gallery", name: "rosenbrock" },
  start: null,
  runs: [
    { method: "gradient_descent", fields: { learning_rate: null } },
    { method: "momentum", fields: { learning_rate: null, momentum: 0.9 } },
    { method: "adam", fields: { learning_rate: null } },
  ],
  focus: 1,
  iterations: 300,
};

export const MOST_RUNS = 6;

/**
 * The state in a link's fragment, if it holds a sound one.
 * @param {string} fragment
 * @returns {any}  a State, or a data view's state, which has "view"; null for anything else
 */
export function fromFragment(fragment) {
  const part = fragment.replace(/^#/, "").split("&").find((one) => one.startsWith("state="));
  if (part === undefined) return null;
  try {
    const text = atob(part.slice(6).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    const given = JSON.parse(new TextDecoder().decode(bytes));
    return isData(given) ? soundData(given) : sound(given);
  } catch {
    return null;
  }
}

/**
 * Whether a state is the data view's.
 * @param {any} state
 */
export function isData(state) {
  return state?.view === "data";
}

/**
 * Keeps a state in the page's address.
 * @param {any} state
 */
export function remember(state) {
  keepFragment(toFragment(state));
}

/** @param {any} state */
export function toFragment(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  return `#state=${btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * @param {any} given
 * @returns {State | null}
 */
function sound(given) {
  const runs = Array.isArray(given?.runs) ? given.runs.slice(0, MOST_RUNS) : [];
  const whole = runs.length > 0 && runs.every((/** @type {any} */ run) => typeof run?.method === "string");
  if (!whole || !["gallery", "formula", "shown"].includes(given?.problem?.kind)) return null;
  return {
    problem: given.problem,
    start: Array.isArray(given.start) ? given.start.map(Number) : null,
    runs: runs.map((/** @type {any} */ run) => ({ method: run.method, fields: { ...run.fields } })),
    focus: Math.min(Math.max(Number(given.focus) || 0, 0), runs.length - 1),
    iterations: Math.min(Math.max(Math.round(Number(given.iterations)) || 300, 1), 1_000_000),
  };
}

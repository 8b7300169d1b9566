// Runs and steps as they come from Python, with their arrays as numbers.

import { unpacked } from "steepest/arrays.js";

/**
 * An answer's run.
 * @param {any} run
 */
export function unpackedRun(run) {
  if (run.error !== undefined || run.path === null) return run;
  const values = unpacked(run.values).data;
  const iteration = run.iteration === null ? Float64Array.from(values, (_, t) => t) : unpacked(run.iteration).data;
  return { ...run, path: unpacked(run.path).data, values, iteration, w: unpacked(run.w).data };
}

/**
 * An answer's steps; null where the rule's lines are not known to be its own.
 * @param {any} trace
 */
export function unpackedTrace(trace) {
  if (trace === null) return null;
  const fields = Object.entries(trace.fields).map(([name, values]) =>
    [name, unpacked(/** @type {any} */ (values)).data]);
  return {
    velocity: trace.velocity, scaled: trace.scaled, gradient: unpacked(trace.gradient).data,
    statements: trace.statements,
    slots: trace.slots.map((/** @type {any} */ slot) => ({ name: slot.name, values: unpacked(slot.values).data })),
    fields: Object.fromEntries(fields),
  };
}

/**
 * Whether a run has a path to draw.
 * @param {any} told
 */
export function hasPath(told) {
  return told?.w !== undefined && told.path !== null;
}

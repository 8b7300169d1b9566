// What the canvases show, as tables: f along the runs, the points without slope, the map.

import { count, number } from "steepest/format.js";
import { hasPath } from "lab/function/runs.js";

const SIDE = 8; // rows and columns of the map's table, at most

/**
 * A table that is made when its disclosure is open, and again when what it shows has changed.
 */
export class Disclosed {
  /**
   * @param {HTMLElement} place  a details element with a table
   * @param {() => { caption: string, head: string[], rows: string[][] }} content
   */
  constructor(place, content) {
    this.details = /** @type {HTMLDetailsElement} */ (place);
    this.content = content;
    this.details.addEventListener("toggle", () => this.fill());
  }

  fill() {
    if (!this.details.open) return;
    const table = /** @type {HTMLTableElement} */ (this.details.querySelector("table"));
    const { caption, head, rows } = this.content();
    table.replaceChildren();
    table.createCaption().textContent = caption;
    table.createTHead().append(line(head, true));
    table.createTBody().append(...rows.map((row) => line(row)));
  }
}

/**
 * @param {string[]} cells
 * @param {boolean} [head]
 */
function line(cells, head = false) {
  const row = document.createElement("tr");
  row.append(...cells.map((text, k) => {
    const cell = document.createElement(head || k === 0 ? "th" : "td");
    if (head || k === 0) cell.setAttribute("scope", head ? "col" : "row");
    cell.textContent = text;
    return cell;
  }));
  return row;
}

/**
 * f and w of every run at rows that are spaced by ratios, the last row and the shown one among them.
 * @param {any[]} told
 * @param {import("lab/state.js").RunSetting[]} runs
 * @param {number} n
 * @param {number} shown
 */
export function runsTable(told, runs, n, shown) {
  const named = told.map((one, k) => ({ one, name: `${k + 1} ${runs[k]?.method.replaceAll("_", " ")}` }));
  const known = named.filter(({ one }) => hasPath(one));
  const last = Math.max(0, ...known.map(({ one }) => one.values.length - 1));
  const rows = new Set([0, last, Math.min(shown, last)]);
  for (let unit = 1; unit <= last; unit *= 10) {
    for (const row of [unit, 2 * unit, 5 * unit]) if (row < last) rows.add(row);
  }
  const cells = (/** @type {any} */ one, /** @type {number} */ row) => {
    if (row >= one.values.length) return ["ended", ""];
    const w = [...one.path.subarray(row * n, (row + 1) * n)].map((value) => number(value)).join(", ");
    return [number(one.values[row], 6), `(${w})`];
  };
  return {
    caption: "f and w along the runs", head: ["iteration", ...known.flatMap(({ name }) => [`${name}: f`, "w"])],
    rows: [...rows].sort((a, b) => a - b).map((row) => [count(row), ...known.flatMap(({ one }) => cells(one, row))]),
  };
}

/**
 * @param {{ kind: string, w: number[], f: number }[]} points
 * @param {string[]} variables
 */
export function pointsTable(points, variables) {
  return {
    caption: "Where the gradient is zero in the window", head: ["kind", ...variables, "f"],
    rows: points.map(({ kind, w, f }) => [kind, ...w.map((value) => number(value, 6)), number(f, 6)]),
  };
}

/**
 * The map at a few of its rows and columns.
 * @param {import("steepest/heatmap.js").Cells | null} cells
 */
export function mapTable(cells) {
  if (cells === null) return { caption: "No map is drawn", head: [], rows: [] };
  const { x, y, values, failures } = cells;
  const columns = chosen(x.values.length), lines = chosen(y.values.length).reverse();
  return {
    caption: `${cells.label} for values of ${y.label} (down) and ${x.label} (across)`,
    head: [y.label, ...columns.map((i) => number(x.values[i], 3))],
    rows: lines.map((j) => [number(y.values[j], 3), ...columns.map((i) => {
      const k = j * x.values.length + i;
      return failures[k] === "" ? number(values[k], 3) : failures[k].toLowerCase().replaceAll("_", " ");
    })]),
  };
}

/** @param {number} length */
function chosen(length) {
  const most = Math.min(length, SIDE);
  return Array.from({ length: most }, (_, k) => Math.round((k * (length - 1)) / Math.max(most - 1, 1)));
}

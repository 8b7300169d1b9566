// Lines of equal value on a grid, by marching squares.

/**
 * @typedef {object} Grid
 * @property {number} columns
 * @property {number} rows
 * @property {ArrayLike<number>} values  row by row, the lowest y first; NaN where there is none
 */

/**
 * The line at `level` as separate segments, [x0, y0, x1, y1, ...] in cells of the grid (0 .. columns - 1).
 * @param {Grid} grid
 * @param {number} level
 * @returns {Float32Array}
 */
export function segments(grid, level) {
  const { columns, rows, values } = grid;
  /** @type {number[]} */
  const found = [];
  for (let j = 0; j < rows - 1; j++) {
    for (let i = 0; i < columns - 1; i++) {
      const at = j * columns + i;
      const a = values[at], b = values[at + 1], c = values[at + columns + 1], d = values[at + columns];
      if (!(Number.isFinite(a) && Number.isFinite(b) && Number.isFinite(c) && Number.isFinite(d))) continue;
      const shape = (a > level ? 1 : 0) | (b > level ? 2 : 0) | (c > level ? 4 : 0) | (d > level ? 8 : 0);
      if (shape === 0 || shape === 15) continue;
      const part = (/** @type {number} */ u, /** @type {number} */ v) => (level - u) / (v - u);
      const bottom = [i + part(a, b), j], right = [i + 1, j + part(b, c)];
      const top = [i + part(d, c), j + 1], left = [i, j + part(a, d)];
      const above = (a + b + c + d) / 4 > level;
      for (const [from, to] of sides(shape, above)) {
        const ends = { bottom, right, top, left };
        found.push(...ends[from], ...ends[to]);
      }
    }
  }
  return Float32Array.from(found);
}

/** @typedef {"bottom" | "right" | "top" | "left"} Side */

/**
 * Which sides of a cell the line joins; `above` says whether a saddle's middle is above the level.
 * @param {number} shape
 * @param {boolean} above
 * @returns {[Side, Side][]}
 */
function sides(shape, above) {
  switch (shape) {
    case 1: case 14: return [["left", "bottom"]];
    case 2: case 13: return [["bottom", "right"]];
    case 3: case 12: return [["left", "right"]];
    case 4: case 11: return [["right", "top"]];
    case 6: case 9: return [["bottom", "top"]];
    case 7: case 8: return [["left", "top"]];
    case 5: return above ? [["left", "top"], ["bottom", "right"]] : [["left", "bottom"], ["right", "top"]];
    default: return above ? [["left", "bottom"], ["right", "top"]] : [["left", "top"], ["bottom", "right"]];
  }
}

// Long paths for drawing: which rows the eye can tell apart. The record keeps them all.

/**
 * The rows of a path to draw: the first, the last, and each that moves on by `cell` pixels or more; of a path that has
 * more than `most` of these, evenly chosen ones.
 * @param {ArrayLike<number>} xs  pixels
 * @param {ArrayLike<number>} ys
 * @param {number} [cell]
 * @param {number} [most]
 * @returns {Int32Array}
 */
export function rowsToDraw(xs, ys, cell = 0.75, most = Infinity) {
  /** @type {number[]} */
  const found = [];
  let x = NaN, y = NaN;
  for (let i = 0; i < xs.length; i++) {
    if (i > 0 && i < xs.length - 1 && Math.abs(xs[i] - x) < cell && Math.abs(ys[i] - y) < cell) continue;
    found.push(i);
    x = xs[i];
    y = ys[i];
  }
  const stride = (found.length - 1) / (most - 1);
  if (!(stride > 1)) return Int32Array.from(found);
  return Int32Array.from({ length: most }, (_, k) => found[Math.round(k * stride)]);
}

/**
 * Of a curve the lowest and the highest row in each column of pixels, in their order.
 * @param {ArrayLike<number>} xs  pixels, increasing
 * @param {ArrayLike<number>} ys  pixels
 * @returns {number[]}
 */
export function envelope(xs, ys) {
  /** @type {number[]} */
  const found = [];
  let first = 0;
  while (first < xs.length) {
    const column = Math.floor(xs[first]);
    let last = first, low = first, high = first;
    while (last + 1 < xs.length && Math.floor(xs[last + 1]) === column) {
      last += 1;
      if (!(ys[last] >= ys[low])) low = last;
      if (!(ys[last] <= ys[high])) high = last;
    }
    found.push(...new Set([first, low, high, last].sort((a, b) => a - b)));
    first = last + 1;
  }
  return found;
}

// The colours of a drawing, read from the page's style so that light and dark pages have theirs.

/**
 * @typedef {[number, number, number]} Colour
 */

/**
 * The value of a CSS variable of the page.
 * @param {string} name
 */
export function named(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * The ground's colours from low to high.
 * @returns {Colour[]}
 */
export function groundStops() {
  return named("ground").split(/\s+/).map(parsed);
}

/**
 * @param {string} hex  "#rrggbb"
 * @returns {Colour}
 */
export function parsed(hex) {
  const value = parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * The colour at `t` in [0, 1] along evenly spaced stops.
 * @param {Colour[]} stops
 * @param {number} t
 * @returns {Colour}
 */
export function along(stops, t) {
  const at = Math.min(Math.max(t, 0), 1) * (stops.length - 1);
  const k = Math.min(Math.floor(at), stops.length - 2), part = at - k;
  const [a, b] = [stops[k], stops[k + 1]];
  return [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1]), a[2] + part * (b[2] - a[2])];
}

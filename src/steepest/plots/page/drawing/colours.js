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
 * The font of a text on a canvas, larger where the page's own type is.
 * @param {number} pixels  at the usual size of type
 * @param {number} [weight]
 */
export function lettering(pixels, weight = 400) {
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return `${weight} ${(pixels * size) / 16}px ${named("type")}`;
}

/**
 * Calls back when the page turns dark or light: with the machine, or by "scheme", the event of a page that is told so.
 * @param {() => void} act
 */
export function onScheme(act) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
  addEventListener("scheme", act);
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

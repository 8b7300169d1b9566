// From numbers to pixels and back, and where an axis has its ticks.

/**
 * @typedef {object} Scale
 * @property {(value: number) => number} to    pixel of a value
 * @property {(pixel: number) => number} from  value of a pixel
 * @property {[number, number]} domain
 * @property {boolean} log
 */

/**
 * @param {number} low
 * @param {number} high
 * @param {number} start  pixel of `low`
 * @param {number} end    pixel of `high`
 * @param {boolean} [log]
 * @returns {Scale}
 */
export function scaleOf(low, high, start, end, log = false) {
  const value = log ? Math.log10 : (/** @type {number} */ v) => v;
  const back = log ? (/** @type {number} */ v) => 10 ** v : (/** @type {number} */ v) => v;
  const a = value(low), b = value(high), span = b - a || 1;
  return {
    to: (v) => start + ((value(v) - a) / span) * (end - start),
    from: (p) => back(a + ((p - start) / (end - start || 1)) * span),
    domain: [low, high],
    log,
  };
}

/**
 * Round numbers inside the domain, about so many.
 * @param {Scale} scale
 * @param {number} [wanted]
 * @returns {number[]}
 */
export function ticksOf(scale, wanted = 5) {
  const [low, high] = scale.domain;
  if (scale.log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const stride = Math.max(1, Math.ceil((last - first) / Math.max(wanted - 1, 1)));
    const found = [];
    for (let power = first; power <= last; power += stride) found.push(10 ** power);
    if (found.length > 1) return found;
  }
  const rough = (high - low) / Math.max(wanted, 1);
  if (!(rough > 0)) return [low];
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((k) => k * unit).find((s) => s >= rough) ?? 10 * unit;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}

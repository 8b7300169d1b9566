// How numbers are written: as steepest writes them in the terminal, with a true minus sign.

/**
 * `value` to so many significant digits, without trailing zeros: 24.2, 1.563e-12, 1,506.
 * @param {number} value
 * @param {number} [digits]
 * @returns {string}
 */
export function number(value, digits = 4) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "\u2212inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text;
  if (size >= 1e6 || size < 1e-4) {
    const [head, power] = value.toExponential(Math.max(digits - 1, 0)).split("e");
    text = `${trimmed(head)}e${Number(power)}`;
  } else {
    text = trimmed(value.toPrecision(digits));
    if (text.includes("e")) text = String(Number(text));
    if (size >= 1e4) text = grouped(text);
  }
  return text.replaceAll("-", "\u2212");
}

/**
 * A whole number with commas: 10,000.
 * @param {number} value
 */
export function count(value) {
  return grouped(String(Math.round(value)));
}

/** @param {string} text */
function trimmed(text) {
  return text.includes(".") && !text.includes("e") ? text.replace(/\.?0+$/, "") : text;
}

/** @param {string} text */
function grouped(text) {
  const [whole, part] = text.split(".");
  const commas = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return part === undefined ? commas : `${commas}.${part}`;
}

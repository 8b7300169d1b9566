// Numbers as they come from Python: bytes of float64, little-endian, in base64, to the last bit.

/**
 * @typedef {{ shape: number[], base64: string }} Packed
 * @typedef {{ shape: number[], data: Float64Array }} Numbers
 */

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * @param {Packed} packed
 * @returns {Numbers}
 */
export function unpacked(packed) {
  const text = atob(packed.base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  if (LITTLE) return { shape: packed.shape, data: new Float64Array(bytes.buffer) };
  const view = new DataView(bytes.buffer);
  const data = new Float64Array(bytes.length / 8);
  for (let i = 0; i < data.length; i++) data[i] = view.getFloat64(8 * i, true);
  return { shape: packed.shape, data };
}

/**
 * One column of a table of `width` columns.
 * @param {Float64Array} data
 * @param {number} width
 * @param {number} k
 */
export function column(data, width, k) {
  const found = new Float64Array(data.length / width);
  for (let i = 0; i < found.length; i++) found[i] = data[i * width + k];
  return found;
}

// Where the page runs: in a frame in a notebook's cell. Everything goes by messages to the widget around it
// (notebook/widget.js), which hands them on to Python. This module stands in the place of lab/host.js.

/**
 * A message of Python's: a text of the lab's own protocol (in the one buffer), the answer to a call, or how it stands.
 * @typedef {object} Content
 * @property {boolean} [text]
 * @property {number} [reply]
 * @property {string} [error]
 * @property {string} [trouble]
 */

const PIECE = 1_000_000;

/** @type {Map<number, { resolve: (found: { content: any, buffers: Uint8Array[] }) => void,
 *   reject: (error: Error) => void }>} */
const calls = new Map();
/** @type {import("lab/host.js").Ears | null} */
let ears = null;
let next = 1;
let shown = document.documentElement.dataset.fragment ?? "";
/** @type {Promise<string> | null} */
let plotly = null;

/**
 * @param {Record<string, any>} content
 * @param {Uint8Array<ArrayBuffer>[]} [buffers]
 */
function post(content, buffers = []) {
  parent.postMessage({ content, buffers }, "*", buffers.map((buffer) => buffer.buffer));
}

addEventListener("message", (event) => {
  if (event.source !== parent) return;
  const data = /** @type {{ content?: Content, buffers?: Uint8Array[] }} */ (event.data ?? {});
  const { content = {}, buffers = [] } = data;
  if (content.text) {
    post({ do: "read" });
    ears?.heard(new TextDecoder().decode(buffers[0]));
  } else if (content.trouble !== undefined) {
    ears?.say(content.trouble);
  } else if (content.reply !== undefined) {
    const call = calls.get(content.reply);
    calls.delete(content.reply);
    if (content.error !== undefined) call?.reject(new Error(content.error));
    else call?.resolve({ content, buffers });
  }
});

/**
 * @param {string} what
 * @param {Record<string, any>} given
 * @param {Uint8Array<ArrayBuffer>[]} [buffers]
 * @returns {Promise<{ content: any, buffers: Uint8Array[] }>}
 */
function call(what, given, buffers) {
  const reply = next++;
  return new Promise((resolve, reject) => {
    calls.set(reply, { resolve, reject });
    post({ do: what, reply, ...given }, buffers);
  });
}

/** @param {import("lab/host.js").Ears} given */
export function connect(given) {
  ears = given;
  ears.opened((text) => post({ do: "ask", text }));
}

/**
 * Piece by piece; Python answers each before the next is sent.
 * @param {File} file
 * @returns {Promise<{ id: string, name: string, bytes: number }>}
 */
export async function upload(file) {
  const key = next++;
  for (let from = 0; ; from += PIECE) {
    const piece = new Uint8Array(await file.slice(from, from + PIECE).arrayBuffer());
    const last = from + PIECE >= file.size;
    const { content } = await call("upload", { key, name: file.name, size: file.size, last }, [piece]);
    if (last) return content.stored;
  }
}

/**
 * @param {string} what
 * @param {Record<string, any>} given
 * @param {string} type
 */
async function fetched(what, given, type) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const pieces = [];
  for (let from = 0; ;) {
    const { content, buffers } = await call(what, { ...given, from });
    pieces.push(/** @type {Uint8Array<ArrayBuffer>} */ (buffers[0]));
    from += buffers[0].byteLength;
    if (from >= content.bytes) return URL.createObjectURL(new Blob(pieces, { type }));
  }
}

/** @param {{ id: string, name: string }} made */
export async function save({ id, name }) {
  const address = await fetched("download", { id }, "application/octet-stream");
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export function plotlyAddress() {
  plotly ??= fetched("plotly", {}, "text/javascript");
  return plotly;
}

export function fragment() {
  return shown;
}

/** @param {string} text */
export function keepFragment(text) {
  shown = text;
  post({ do: "keep", fragment: text });
}

/** A frame has no address bar. */
export function onFragment() {}

/**
 * A frame has no address either.
 * @param {string} text
 * @returns {string | null}
 */
export function addressOf(text) {
  return null;
}

// The lab in a notebook's cell: a frame with the lab's page in it, shut off from the notebook, whose messages are
// handed on to Python and back. This module is the widget's `_esm`; it imports nothing.

/**
 * What a widget's front end is given of its model.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(event: string, act: (...given: any[]) => void) => void} on
 * @property {(event: string, act: (...given: any[]) => void) => void} off
 * @property {(content: any, callbacks?: any, buffers?: ArrayBuffer[]) => void} send
 */

const PATIENCE = 4000;
const SILENT = "Python does not answer: it is busy with another cell, or it was restarted; then run this cell again.";
const GONE = "Python has gone; run this cell again.";

/** @param {{ model: Model, el: HTMLElement }} given */
function render({ model, el }) {
  const view = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  const frame = document.createElement("iframe");
  frame.title = "The steepest lab";
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.allow = "clipboard-write";
  Object.assign(frame.style, {
    display: "block", boxSizing: "border-box", width: "100%",
    border: "1px solid rgba(128, 128, 128, 0.35)", borderRadius: "6px",
    resize: "vertical", minHeight: "320px",
  });
  const note = document.createElement("p");
  note.setAttribute("role", "status");
  note.textContent = "The lab is being opened.";
  const size = () => (frame.style.height = `${model.get("height")}px`);
  let open = false, begun = false, gone = false, asked = 0, heard = 0, owed = true, silent = false, said = false;
  /** @type {string | null} */
  let kept = null;

  /**
   * @param {Record<string, any>} content
   * @param {ArrayBuffer[]} [buffers]
   */
  const send = (content, buffers) => {
    try {
      model.send({ ...content, view }, undefined, buffers);
    } catch {
      lost();
    }
  };
  /** @param {string} sentence  how it stands with Python, "" for well */
  const trouble = (sentence) => {
    if (open) frame.contentWindow?.postMessage({ content: { trouble: sentence }, buffers: [] }, "*");
    else if (sentence !== "") note.textContent = sentence;
  };
  const lost = () => {
    gone = true;
    trouble(GONE);
  };
  const tellScheme = () =>
    frame.contentWindow?.postMessage({ content: { scheme: schemeAround(el) }, buffers: [] }, "*");

  /**
   * @param {any} content
   * @param {DataView[]} buffers
   */
  const fromPython = (content, buffers) => {
    if (content.view !== view) return;
    heard = performance.now();
    if (said && !gone) trouble("");
    silent = said = false;
    if (content.here) owed = false;
    const copies = buffers.map((one) => new Uint8Array(one.buffer, one.byteOffset, one.byteLength).slice());
    if (content.page) {
      open = true;
      frame.srcdoc = new TextDecoder().decode(copies[0]);
      el.replaceChildren(frame);
    } else if (content.closed !== undefined) {
      gone = true;
      trouble(content.closed);
    } else if (!content.here) {
      frame.contentWindow?.postMessage({ content, buffers: copies }, "*", copies.map((copy) => copy.buffer));
    }
  };
  /** @param {MessageEvent} event */
  const fromPage = (event) => {
    if (event.source === null || event.source !== frame.contentWindow) return;
    const { content, buffers } = event.data;
    if (content.do === "keep") {
      kept = content.fragment;
      return;
    }
    if (content.do === "begin") {
      if (begun) send({ do: "again" });
      begun = true;
      frame.contentWindow?.postMessage({ content: { begins: kept, scheme: schemeAround(el) }, buffers: [] }, "*");
      return;
    }
    if (gone) {
      trouble(GONE);
      return;
    }
    if (content.do !== "read") {
      asked = performance.now();
      owed = true;
    }
    send(content, buffers.map((/** @type {Uint8Array<ArrayBuffer>} */ one) => one.buffer));
  };
  /** Asks whether Python is there. */
  const doubt = () => {
    asked = performance.now();
    silent = true;
    send({ do: "here" });
  };
  /** Asks, where it is quiet after a question, whether Python is there; says so where it does not tell even that. */
  const watch = () => {
    if (gone || said || !(owed || silent) || performance.now() - Math.max(asked, heard) < PATIENCE) return;
    if (!silent) {
      doubt();
      return;
    }
    said = true;
    trouble(SILENT);
  };
  const close = () => send({ do: "close" });

  model.on("msg:custom", fromPython);
  model.on("comm_live_update", doubt);
  model.on("change:height", size);
  addEventListener("message", fromPage);
  addEventListener("pagehide", close);
  const watching = setInterval(watch, PATIENCE / 2);
  const themes = new MutationObserver(tellScheme);
  for (const place of [document.documentElement, document.body]) themes.observe(place, { attributes: true });
  size();
  el.replaceChildren(note);
  asked = performance.now();
  send({ do: "open", scheme: schemeAround(el) });
  return () => {
    clearInterval(watching);
    themes.disconnect();
    model.off("msg:custom", fromPython);
    model.off("comm_live_update", doubt);
    model.off("change:height", size);
    removeEventListener("message", fromPage);
    removeEventListener("pagehide", close);
    if (!gone) close();
  };
}

/**
 * Whether the notebook around the cell is dark: by the colour in which it writes.
 * @param {HTMLElement} el
 */
function schemeAround(el) {
  const { color } = getComputedStyle(el.isConnected ? el : document.body);
  const [red, green, blue] = (color.match(/[\d.]+/g) ?? ["0", "0", "0"]).map(Number);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 128 ? "dark" : "light";
}

export default { render };

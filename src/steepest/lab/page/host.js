// Where the page runs: here, in a tab of its own, served by the lab. In a notebook notebook/host.js stands in its
// place.

/**
 * What is told about the connection.
 * @typedef {object} Ears
 * @property {(send: (text: string) => void) => void} opened  whenever there is a connection
 * @property {(text: string) => void} heard                   one message of Python's
 * @property {() => void} closed                              there is none any more
 * @property {(sentence: string) => void} say                 how it stands, "" for well
 */

const FIRST_PAUSE = 250, LONGEST_PAUSE = 8000;
const TRY_LATER = 1013;

/**
 * Connects to Python, and again whenever the connection is lost.
 * @param {Ears} ears
 */
export function connect(ears, pause = FIRST_PAUSE) {
  const socket = new WebSocket(`ws://${location.host}/live`);
  let next = Math.min(2 * pause, LONGEST_PAUSE);
  socket.onopen = () => {
    ears.say("");
    ears.opened((text) => socket.send(text));
  };
  socket.onmessage = (event) => {
    next = FIRST_PAUSE;
    ears.heard(event.data);
  };
  socket.onclose = async (event) => {
    ears.closed();
    ears.say(event.code === TRY_LATER ? `${event.reason}; close one of them. Trying again.` : await state());
    setTimeout(() => connect(ears, next), pause);
  };
}

/** Why there is no connection, in a sentence. */
async function state() {
  const answer = await fetch("/session", { method: "POST" }).catch(() => null);
  if (answer === null) return "The lab does not answer; trying again. Is it still running?";
  if (answer.ok) return "The connection to the lab was lost; trying again.";
  return "The lab was started again and does not know this page; open the address that was printed.";
}

/**
 * A file's way to Python; throws an Error of one sentence where it is not taken.
 * @param {File} file
 * @returns {Promise<{ id: string, name: string, bytes: number }>}
 */
export async function upload(file) {
  const sent = fetch(`/upload?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  const answer = await sent.catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!told) throw new Error(`${file.name} did not arrive; is it too large, or is the lab not running?`);
  if (!answer?.ok) throw new Error(told.error.message);
  return told;
}

/**
 * Saves a file that an ask has made.
 * @param {{ id: string, name: string }} made
 */
export async function save({ id, name }) {
  const anchor = document.createElement("a");
  anchor.href = `/download/${id}`;
  anchor.download = name;
  anchor.click();
}

/** Where Plotly's script is to be had. */
export async function plotlyAddress() {
  return "/plotly.js";
}

/** What the page is to show, as its address says it. */
export function fragment() {
  return location.hash;
}

/** @param {string} text  what the page shows now */
export function keepFragment(text) {
  history.replaceState(null, "", text);
}

/** @param {() => void} act  to be called when another fragment was put into the address */
export function onFragment(act) {
  addEventListener("hashchange", act);
}

/**
 * The address that brings this fragment's state back; null where there is none.
 * @param {string} text
 * @returns {string | null}
 */
export function addressOf(text) {
  return `${location.origin}/${text}`;
}

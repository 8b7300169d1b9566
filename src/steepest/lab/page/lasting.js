// Asks whose answers may take their time: once one lasts, a button lets it go.

import { AskError, dropped } from "lab/link.js";

const SOON = 700; // milliseconds in which most answers come

/**
 * @param {import("lab/link.js").Link} link
 * @param {string} ask
 * @param {Record<string, any>} given
 * @param {{ place: HTMLElement, say: (sentence: string) => void, slot?: string }} options
 *   the button goes after `place`;
 *   `say` gets what is told on the way, and "cancelled"
 * @returns {Promise<any>}  the answer, or `dropped`
 */
export async function lasting(link, ask, given, { place, say, slot }) {
  const button = document.createElement("button"), before = /** @type {HTMLElement | null} */ (document.activeElement);
  Object.assign(button, { type: "button", className: "icon cancel", textContent: "Cancel" });
  const timer = setTimeout(() => place.after(button), SOON);
  try {
    return await link.ask(ask, given, {
      slot, progress: (_, text) => text !== "" && say(text),
      begun: (id) => button.addEventListener("click", () => {
        say("cancelled");
        link.cancel(id);
      }),
    });
  } finally {
    clearTimeout(timer);
    if (document.activeElement === button) before?.focus();
    button.remove();
  }
}

/**
 * A question about a run, answered on its card.
 * @param {import("lab/link.js").Link} link
 * @param {import("lab/cards.js").Card} card
 * @param {string} ask
 * @param {Record<string, any>} given
 * @param {(answer: any) => void} take
 */
export async function question(link, card, ask, given, take) {
  const say = (/** @type {string} */ sentence) => card.say(sentence);
  say("looking at it");
  try {
    const answer = await lasting(link, ask, given, { place: card.why, say, slot: `${ask} ${card.k}` });
    if (answer !== dropped) take(answer);
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    say(error.fault.message);
  }
}

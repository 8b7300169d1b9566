// What one leaves with: the link, the lines of Python, the command, and files.

import { addressOf, save } from "lab/host.js";
import { lasting } from "lab/lasting.js";
import { AskError, dropped } from "lab/link.js";

/**
 * @param {HTMLElement} place  holds the buttons: [data-share] of link, python, command; [data-export] of kinds of files
 * @param {import("lab/link.js").Link} link
 * @param {() => Record<string, any>} asked  what an ask about the run in focus says
 * @param {() => string} fragment           the state as a link's fragment
 */
export function share(place, link, asked, fragment) {
  const status = element(place, "[role=status]");
  const say = (/** @type {string} */ text) => (status.textContent = text);
  const copied = async (/** @type {string} */ text, /** @type {string} */ what) => {
    const code = element(place, "pre");
    code.hidden = false;
    code.textContent = text;
    try {
      await navigator.clipboard.writeText(text);
      say(`${what} copied`);
    } catch {
      say(`${what} below, to be copied by hand`);
    }
  };
  const linking = element(place, "[data-share=link]");
  linking.hidden = addressOf("") === null;
  linking.addEventListener("click", () => copied(addressOf(fragment()) ?? "", "link"));
  for (const what of ["python", "command"]) {
    element(place, `[data-share=${what}]`).addEventListener("click", () => trying(say, async () => {
      const answer = await lasting(link, "share", asked(), { place: status, say });
      if (answer === dropped) return;
      const text = answer[what];
      if (text === null) say(answer.why || "the command line cannot spell this run; copy it as Python");
      else await copied(text, what === "python" ? "Python" : "command");
    }));
  }
  for (const button of place.querySelectorAll("[data-export]")) {
    const kind = /** @type {HTMLElement} */ (button).dataset.export;
    button.addEventListener("click", () => trying(say, async () => {
      say(`making the ${kind} file`);
      const answer = await lasting(link, "export", { ...asked(), as: kind }, { place: status, say });
      if (answer === dropped) return;
      await save(answer);
      say(`${answer.name} saved`);
    }));
  }
}

/**
 * @param {(text: string) => void} say
 * @param {() => Promise<void>} act
 */
async function trying(say, act) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof AskError)) throw error;
    say(error.fault.message);
  }
}

/**
 * @param {HTMLElement} place
 * @param {string} selector
 */
function element(place, selector) {
  return /** @type {HTMLElement} */ (place.querySelector(selector));
}

// What one leaves with: the link, the lines of Python, the command, and files.

import { AskError, dropped } from "lab/link.js";

/**
 * @param {import("lab/link.js").Link} link
 * @param {() => Record<string, any>} asked  what an ask about the run in focus says
 * @param {() => string} fragment           the state as a link's fragment
 */
export function share(link, asked, fragment) {
  const say = (/** @type {string} */ text) => (element("#shared").textContent = text);
  const copied = async (/** @type {string} */ text, /** @type {string} */ what) => {
    const code = element("#code");
    code.hidden = false;
    code.textContent = text;
    try {
      await navigator.clipboard.writeText(text);
      say(`${what} copied`);
    } catch {
      say(`${what} below, to be copied by hand`);
    }
  };
  element("#link").addEventListener("click", () => copied(`${location.origin}/${fragment()}`, "link"));
  for (const what of ["python", "command"]) {
    element(`#${what}`).addEventListener("click", () => trying(say, async () => {
      const answer = await link.ask("share", asked());
      const text = answer[what];
      if (text === null) say("the command line cannot spell this run; copy it as Python");
      else await copied(text, what === "python" ? "Python" : "command");
    }));
  }
  for (const button of document.querySelectorAll("[data-export]")) {
    const kind = /** @type {HTMLElement} */ (button).dataset.export;
    button.addEventListener("click", () => trying(say, async () => {
      say(`making the ${kind} file`);
      const answer = await link.ask("export", { ...asked(), as: kind });
      if (answer === dropped) return;
      const anchor = document.createElement("a");
      anchor.href = `/download/${answer.id}`;
      anchor.download = answer.name;
      anchor.click();
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

/** @param {string} selector */
function element(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

// The lab's page starts: the connection, the two views and their tabs, the scenes, and the link that says what is
// shown.

import { find, select } from "lab/finding.js";
import { fragment, onFragment } from "lab/host.js";
import { Link } from "lab/link.js";
import { opened } from "lab/opening.js";
import { fromFragment, isData } from "lab/state.js";

/**
 * @typedef {"function" | "data"} ViewName
 * @typedef {object} View
 * @property {(state: any) => Promise<void>} show  comes to the front; null for what it showed last
 * @property {() => void} hide
 * @property {() => any} state
 */

class Lab {
  /**
   * @param {Link} link
   * @param {any} catalogue
   * @param {any[]} scenes
   */
  constructor(link, catalogue, scenes) {
    this.link = link;
    this.catalogue = catalogue;
    this.scenes = scenes;
    /** @type {Map<ViewName, View>} */
    this.views = new Map();
    /** @type {ViewName | null} */
    this.front = null;
    this.tabs = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[role=tab]")]);
    this.tabs.forEach((tab, k) => {
      tab.addEventListener("click", () => this.open(nameOf(tab), null));
      tab.addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by === undefined) return;
        const other = this.tabs[(k + by + this.tabs.length) % this.tabs.length];
        other.focus();
        this.open(nameOf(other), null);
      });
    });
    const choice = select("#scene");
    scenes.forEach(({ title }, k) => choice.add(new Option(title, String(k))));
    choice.addEventListener("change", () => this.tell(scenes[Number(choice.value || -1)]));
    onFragment(() => {
      const state = fromFragment(fragment());
      if (state === null) return;
      this.leaveScene();
      this.open(isData(state) ? "data" : "function", state);
    });
  }

  /**
   * Brings a view to the front.
   * @param {ViewName} name
   * @param {any} state  null for what it showed last
   */
  async open(name, state) {
    const before = this.front;
    this.front = name;
    for (const tab of this.tabs) {
      const own = nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(own));
      tab.tabIndex = own ? 0 : -1;
      find(`#${nameOf(tab)}`).hidden = !own;
    }
    if (before !== null && before !== name) {
      this.views.get(before)?.hide();
      this.leaveScene();
    }
    if (!this.views.has(name)) document.body.dataset.busy = "true";
    const view = this.views.get(name) ?? (await this.make(name));
    if (this.front === name) await view.show(state);
  }

  /** @param {ViewName} name */
  async make(name) {
    const say = (/** @type {string} */ sentence) => (find("#said-last").textContent = sentence);
    /** @type {View} */
    const made = name === "data"
      ? new (await import("lab/data/view.js")).DataView(this.link, this.catalogue, say)
      : new (await import("lab/function/view.js")).FunctionView(this.link, this.catalogue, say);
    this.views.set(name, made);
    return made;
  }

  /** @param {{ title: string, story: string, state: any } | undefined} scene */
  async tell(scene) {
    if (scene === undefined) return;
    const told = this.open(isData(scene.state) ? "data" : "function", structuredClone(scene.state));
    const story = find("#story");
    story.textContent = scene.story;
    story.hidden = false;
    select("#scene").value = String(this.scenes.indexOf(scene));
    await told;
  }

  /** What comes to the front is no scene's. */
  leaveScene() {
    select("#scene").value = "";
    find("#story").hidden = true;
  }
}

/** @param {HTMLElement} tab */
function nameOf(tab) {
  return /** @type {ViewName} */ (tab.dataset.view);
}

const link = new Link((sentence) => (find("#connection").textContent = sentence));
const [catalogue, { scenes }, opening] = await Promise.all([
  link.ask("catalogue"), link.ask("scenes"), opened(link, fragment()).catch((error) => error),
]);
if (opening !== "page") {
  const lab = new Lab(link, catalogue, scenes);
  const state = opening instanceof Error ? null : opening ?? fromFragment(fragment());
  if (opening instanceof Error) find("#connection").textContent = opening.message;
  await lab.open(isData(state) ? "data" : "function", state);
}
document.body.dataset.ready = "true";

// The function as a surface with the same paths on it, drawn by Plotly, whose script comes when it is first asked for.

import { named, onScheme } from "steepest/colours.js";
import { Lens } from "lab/function/lens.js";
import { plotlyAddress } from "lab/host.js";

/**
 * @typedef {import("steepest/stage.js").Stage} Stage
 * @typedef {{ x: number, y: number, z: number }} Eye
 */

const TURN = 0.12; // radians by which an arrow key turns it
const EYE = { x: -0.9, y: -1.4, z: 2.05 };
const AWAY = Math.hypot(EYE.x, EYE.y, EYE.z);

/** @type {Promise<any> | null} */
let loading = null;

/** Plotly, once. */
function plotly() {
  loading ??= plotlyAddress().then((address) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(/** @type {any} */ (globalThis).Plotly);
    script.onerror = () => reject(new Error("Plotly's script did not come; is the lab still running?"));
    document.head.append(script);
  }));
  return loading;
}

export class SurfacePanel {
  /**
   * @param {HTMLElement} place
   * @param {HTMLButtonElement} button  shows and hides it
   * @param {Stage} stage               whose ground, window, paths and row it shows
   * @param {(sentence: string) => void} say
   */
  constructor(place, button, stage, say) {
    this.place = place;
    this.button = button;
    this.stage = stage;
    this.say = say;
    this.open = false;
    this.asked = false;
    /** @type {any} undefined until it has come */
    this.Plotly = undefined;
    /** @type {Lens | null} */
    this.lens = null;
    /** @type {Eye | null} where it is being turned to */
    this.turning = null;
    button.addEventListener("click", () => this.toggle());
    place.addEventListener("keydown", (event) => this.key(event));
    onScheme(() => this.ask());
  }

  async toggle() {
    this.open = !this.open;
    this.button.setAttribute("aria-pressed", String(this.open));
    this.place.hidden = !this.open;
    this.place.parentElement?.classList.toggle("both", this.open);
    if (!this.open) return;
    this.place.dataset.drawn = "false";
    try {
      this.Plotly = await plotly();
      this.ask();
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    }
  }

  /**
   * Another function: a surface needs two variables.
   * @param {number} n
   */
  take(n) {
    this.button.hidden = n !== 2;
    if (n !== 2 && this.open) this.toggle();
    this.ask();
  }

  /** Draws again soon, however often it is asked. */
  ask() {
    if (!this.open || this.Plotly === undefined || this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => requestAnimationFrame(async () => { // the stage may have changed its size before
      if (this.open) await this.paint();
      this.asked = false;
    }));
  }

  async paint() {
    const ground = this.stage.ground;
    if (ground === null) return;
    const window = this.window(), known = this.lens;
    const same = known !== null && known.ground === ground && JSON.stringify(known.window) === JSON.stringify(window);
    const lens = same ? known : new Lens(ground, window);
    this.lens = lens;
    const traces = [lens.surface(), ...this.stage.paths.flatMap((path) => lens.path(path, this.stage.row))];
    await this.Plotly.react(this.place, traces, this.layout(lens), { displayModeBar: false, responsive: true });
    this.place.dataset.drawn = "true";
  }

  /** The part of the stage's window that has ground. */
  window() {
    const { xs, ys, ground } = this.stage;
    const within = (/** @type {[number, number]} */ ends, /** @type {[number, number]} */ all) =>
      /** @type {[number, number]} */ ([Math.max(ends[0], all[0]), Math.min(ends[1], all[1])]);
    return { x: within(xs.domain, ground?.data.x ?? [0, 1]), y: within(ys.domain, ground?.data.y ?? [0, 1]) };
  }

  /**
   * Where it is looked at from.
   * @returns {Eye}
   */
  eye() {
    const scene = /** @type {any} */ (this.place)._fullLayout?.scene?._scene;
    return this.turning ?? scene?.getCamera().eye ?? EYE;
  }

  /** @param {Lens} lens */
  layout(lens) {
    const grid = { gridcolor: named("rule"), zerolinecolor: named("rule"), color: named("muted"), showspikes: false };
    const axis = (/** @type {string} */ text) => ({ ...grid, title: { text } });
    return {
      margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, uirevision: "kept", paper_bgcolor: "rgba(0,0,0,0)",
      font: { family: named("type"), color: named("ink"), size: 12 },
      scene: {
        uirevision: "kept", camera: { eye: this.eye(), center: { x: 0, y: 0, z: -0.1 } },
        aspectmode: "manual", aspectratio: { x: 1.1, y: 1.1, z: 0.5 },
        xaxis: axis(this.stage.labels[0]), yaxis: axis(this.stage.labels[1]),
        zaxis: { ...axis(lens.title), ...lens.ticks() },
      },
    };
  }

  /**
   * Arrow keys turn it, plus and minus come nearer and go away, 0 goes back.
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (this.Plotly === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { x, y, z } = this.eye(), far = Math.hypot(x, y, z);
    let around = Math.atan2(y, x), above = Math.asin(z / far), distance = far;
    switch (event.key) {
      case "ArrowLeft": around -= TURN; break;
      case "ArrowRight": around += TURN; break;
      case "ArrowUp": above = Math.min(above + TURN, 1.5); break;
      case "ArrowDown": above = Math.max(above - TURN, -0.2); break;
      case "+": case "=": distance *= 0.9; break;
      case "-": distance /= 0.9; break;
      case "0": [around, above, distance] = [Math.atan2(EYE.y, EYE.x), Math.asin(EYE.z / AWAY), AWAY]; break;
      default: return;
    }
    event.preventDefault();
    const flat = distance * Math.cos(above);
    const eye = { x: flat * Math.cos(around), y: flat * Math.sin(around), z: distance * Math.sin(above) };
    this.turning = eye;
    this.Plotly.relayout(this.place, { "scene.camera.eye": eye }).then(() => {
      if (this.turning === eye) this.turning = null;
    });
  }
}

// Moving through the rows of a run: play both ways, step, scrub, from the keyboard too.

const SPEEDS = [1, 4, 15, 60, 240, 1000]; // rows a second
/** @type {["first" | "back" | "play" | "forward" | "last", string][]} */
const BUTTONS = [["first", "Start"], ["back", "Back"], ["play", "Play"], ["forward", "Forward"], ["last", "End"]];

export class Player {
  /**
   * @param {HTMLElement} place  holds a range and a select; the buttons, [data-act], are put before them
   * @param {{ rows: number, tell: (row: number) => string, onRow: (row: number) => void }} options
   */
  constructor(place, options) {
    this.options = options;
    this.row = 0;
    /** @type {number | null} */
    this.frame = null;
    this.range = /** @type {HTMLInputElement} */ (place.querySelector("input[type=range]"));
    this.speed = /** @type {HTMLSelectElement} */ (place.querySelector("select"));
    this.button = document.createElement("button"); // play, or pause
    for (const speed of SPEEDS) this.speed.add(new Option(`${speed} a second`, String(speed)));
    this.resize(options.rows);
    this.range.addEventListener("input", () => this.go(Number(this.range.value)));
    const acts = {
      first: () => this.go(0), back: () => this.go(this.row - 1), play: () => this.toggle(),
      forward: () => this.go(this.row + 1), last: () => this.go(options.rows - 1),
    };
    place.prepend(...BUTTONS.map(([name, text]) => {
      const button = name === "play" ? this.button : document.createElement("button");
      Object.assign(button, { type: "button", textContent: text });
      button.dataset.act = name;
      button.addEventListener("click", () => {
        if (name !== "play") this.pause();
        acts[name]();
      });
      return button;
    }));
    document.addEventListener("keydown", (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const elsewhere = target.closest("input, select, textarea, canvas, button") ?? place.closest("[hidden]");
      if (event.ctrlKey || event.metaKey || event.altKey || elsewhere !== null) return;
      /** @type {Record<string, () => void>} */
      const keys = { " ": acts.play, ArrowLeft: acts.back, ArrowRight: acts.forward, Home: acts.first, End: acts.last };
      const act = keys[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    });
  }

  /**
   * Other rows, at a speed that shows them in some ten seconds.
   * @param {number} rows
   */
  resize(rows) {
    this.options.rows = rows;
    this.range.max = String(rows - 1);
    this.speed.value = String(SPEEDS.find((speed) => rows / speed < 12) ?? SPEEDS[SPEEDS.length - 1]);
  }

  /** @param {number} row */
  go(row) {
    this.row = Math.min(Math.max(row, 0), this.options.rows - 1);
    this.range.value = String(this.row);
    this.range.setAttribute("aria-valuetext", this.options.tell(this.row));
    this.options.onRow(this.row);
  }

  toggle() {
    if (this.frame === null) this.play();
    else this.pause();
  }

  /** From the shown row, or from the start where that is the last one. */
  play() {
    if (this.row === this.options.rows - 1) this.go(0);
    const first = this.row, began = performance.now();
    const next = (/** @type {number} */ now) => {
      const row = Math.floor(first + ((now - began) / 1000) * Number(this.speed.value));
      if (row !== this.row) this.go(row);
      this.frame = this.row < this.options.rows - 1 ? requestAnimationFrame(next) : null;
      this.mark();
    };
    this.frame = requestAnimationFrame(next);
    this.mark();
  }

  pause() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.frame = null;
    this.mark();
  }

  mark() {
    const playing = this.frame !== null;
    this.button.textContent = playing ? "Pause" : "Play";
    this.button.setAttribute("aria-pressed", String(playing));
  }
}

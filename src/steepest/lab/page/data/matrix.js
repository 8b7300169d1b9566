// A confusion matrix as a table of buttons: a row a true class, a column a predicted one.

import { count } from "steepest/format.js";

export class Matrix {
  /**
   * @param {HTMLElement} place
   * @param {(cell: [number, number]) => void} onPick
   */
  constructor(place, onPick) {
    this.place = place;
    this.onPick = onPick;
    /** @type {[number, number]} the cell that the Tab key comes to */
    this.at = [0, 0];
    place.addEventListener("keydown", (event) => this.move(event));
  }

  /**
   * @param {number[][]} counts
   * @param {string[]} classes
   * @param {[number, number] | null} chosen
   */
  show(counts, classes, chosen) {
    const held = this.place.contains(document.activeElement);
    this.at = [Math.min(this.at[0], classes.length - 1), Math.min(this.at[1], classes.length - 1)];
    const table = document.createElement("table"), caption = document.createElement("caption");
    const head = document.createElement("tr");
    caption.textContent = "rows: the true class; columns: the predicted one";
    head.append(heading("", "col"), ...classes.map((name) => heading(name, "col")));
    table.append(caption, head);
    counts.forEach((row, i) => {
      const line = document.createElement("tr"), all = row.reduce((sum, value) => sum + value, 0) || 1;
      line.append(heading(classes[i], "row"), ...row.map((value, j) => {
        const cell = document.createElement("td"), button = document.createElement("button");
        const here = i === this.at[0] && j === this.at[1];
        Object.assign(button, { type: "button", textContent: count(value), tabIndex: here ? 0 : -1 });
        button.setAttribute("aria-label", `${classes[i]} predicted as ${classes[j]}: ${count(value)} rows`);
        button.setAttribute("aria-pressed", String(chosen !== null && chosen[0] === i && chosen[1] === j));
        button.className = i === j ? "right" : "wrong";
        button.style.setProperty("--share", `${Math.round(100 * Math.sqrt(value / all))}%`);
        button.classList.toggle("deep", value / all > 0.3);
        button.classList.toggle("none", value === 0);
        button.addEventListener("click", () => {
          this.at = [i, j];
          this.onPick([i, j]);
        });
        cell.append(button);
        return cell;
      }));
      table.append(line);
    });
    this.place.replaceChildren(table);
    if (held) this.button()?.focus();
  }

  /** @param {KeyboardEvent} event */
  move(event) {
    /** @type {Record<string, [number, number]>} */
    const keys = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const by = keys[event.key], old = this.button();
    if (by === undefined || old === null) return;
    event.preventDefault();
    this.at = [this.at[0] + by[0], this.at[1] + by[1]];
    const next = this.button();
    if (next === null) this.at = [this.at[0] - by[0], this.at[1] - by[1]];
    else {
      old.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
  }

  /** @returns {HTMLButtonElement | null} */
  button() {
    const [i, j] = this.at;
    return i < 0 || j < 0 ? null : this.place.querySelector(`tr:nth-of-type(${i + 2}) td:nth-of-type(${j + 1}) button`);
  }
}

/**
 * @param {string} text
 * @param {"row" | "col"} scope
 */
function heading(text, scope) {
  const made = document.createElement(text === "" ? "td" : "th");
  made.textContent = text;
  if (text !== "") made.setAttribute("scope", scope);
  return made;
}

// Where the rows come from: a built-in set or a file, its classes, its columns, and what is done to them first.

import { count, number } from "steepest/format.js";
import { button, find, input, select } from "lab/finding.js";
import { upload } from "lab/host.js";
import { builtIn, fileOf } from "lab/data/state.js";

/**
 * @typedef {import("lab/data/state.js").DataSetting} DataSetting
 * @typedef {{ name: string, type: string, missing: number,
 *   low: number | null, high: number | null, mean: number | null,
 *   levels: number | null, shown: string[], used?: boolean }} ColumnTold
 * @typedef {object} TableTold  what the ask `table` says: the table as it was read, and what is taken of it
 * @property {string} name
 * @property {"classification" | "regression"} kind
 * @property {number} rows
 * @property {number | null} train_rows  null where there is a fault
 * @property {number | null} test_rows
 * @property {string} target
 * @property {string[]} targets          columns that could be the target
 * @property {ColumnTold[]} columns
 * @property {number} more_columns       that are not listed
 * @property {ColumnTold} target_column
 * @property {string[] | null} classes   all of them
 * @property {number[] | null} counts
 * @property {[number, number] | null} image_shape
 * @property {string[]} notes
 * @property {string | null} fault       why it cannot be learned from as it is
 * @property {string[]} losses
 * @typedef {{ name: string, kind: string, classes: string[] | null }} SetTold
 */

const FILLINGS = [
  ["", "refused"], ["mean", "the mean"], ["median", "the median"], ["most_frequent", "the most frequent"],
];
const ALL = ""; // the choice of all columns
const MOST_CHIPS = 30;

export class Source {
  /**
   * @param {SetTold[]} sets
   * @param {(data: DataSetting) => void} onChange
   */
  constructor(sets, onChange) {
    this.onChange = onChange;
    this.data = builtIn("digits");
    const choice = select("#data-set");
    for (const { name } of sets) choice.add(new Option(name.replaceAll("_", " "), name));
    choice.addEventListener("change", () => choice.value !== "" && onChange(builtIn(choice.value)));
    const filling = select("#data-impute");
    for (const [value, text] of FILLINGS) filling.add(new Option(text, value));
    filling.addEventListener("change", () => this.change({ impute: filling.value === "" ? null : filling.value }));
    const standardize = input("#data-standardize");
    standardize.addEventListener("change", () => this.change({ standardize: standardize.checked }));
    const held = input("#data-test"), seed = input("#data-seed"), task = select("#data-task");
    held.addEventListener("input", () => (find("#data-test-said").textContent = `${held.value} %`));
    held.addEventListener("change", () => this.change({ test: Number(held.value) / 100 }));
    seed.addEventListener("change", () => this.change({ seed: Math.max(0, Math.round(Number(seed.value)) || 0) }));
    task.addEventListener("change", () => this.change({ task: /** @type {any} */ (task.value), classes: null }));
    button("#data-all").addEventListener("click", () => this.change({ features: null }));
    for (const end of ["x", "y"]) select(`#data-${end}`).addEventListener("change", () => this.pair(end));
    /** @type {string | undefined} the file whose columns were opened by themselves */
    this.opened = undefined;
    this.files();
  }

  /** A file by its button or dropped anywhere on the page while this view is shown. */
  files() {
    const file = input("#data-file"), view = find("#data");
    file.addEventListener("change", () => {
      const chosen = file.files?.[0];
      if (chosen !== undefined) this.upload(chosen);
      file.value = "";
    });
    const dragged = (/** @type {DragEvent} */ event) => !view.hidden && event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!dragged(event)) return;
      event.preventDefault();
      view.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) =>
      event.relatedTarget === null && view.classList.remove("dropping"));
    document.addEventListener("drop", (event) => {
      if (!dragged(event)) return;
      event.preventDefault();
      view.classList.remove("dropping");
      const dropped = event.dataTransfer?.files[0];
      if (dropped !== undefined) this.upload(dropped);
    });
  }

  /** @param {File} file */
  async upload(file) {
    this.tell(`sending ${file.name}`);
    this.fault("");
    try {
      const found = await upload(file);
      this.onChange(fileOf(found.id, found.name));
    } catch (error) {
      this.fault(/** @type {Error} */ (error).message);
    }
  }

  /** @param {Partial<DataSetting>} change */
  change(change) {
    this.onChange({ ...this.data, ...change });
  }

  /**
   * One of the two columns was chosen; the other one follows.
   * @param {string} end
   */
  pair(end) {
    const own = select(`#data-${end}`).value, other = select(end === "x" ? "#data-y" : "#data-x");
    if (own === ALL) return this.change({ features: null });
    const names = [...other.options].map((option) => option.value).filter((name) => name !== ALL && name !== own);
    const partner = names.includes(other.value) ? other.value : names[0];
    if (partner !== undefined) this.change({ features: end === "x" ? [own, partner] : [partner, own] });
  }

  /** @param {string} sentence */
  tell(sentence) {
    find("#data-about").textContent = sentence;
  }

  /** @param {string} sentence  "" for none */
  fault(sentence) {
    const place = find("#data-fault");
    place.hidden = sentence === "";
    place.textContent = sentence;
    if (sentence !== "") this.tell("");
  }

  /**
   * What is chosen, before its table is there.
   * @param {DataSetting} data
   */
  show(data) {
    this.data = data;
    const own = data.kind === "file", choice = select("#data-set");
    choice.querySelector("option[value='']")?.remove();
    if (own) choice.add(new Option(data.name, ""), 0);
    choice.value = own ? "" : data.name;
    input("#data-standardize").checked = data.standardize;
    input("#data-test").value = String(Math.round(100 * data.test));
    find("#data-test-said").textContent = `${Math.round(100 * data.test)} %`;
    input("#data-seed").value = String(data.seed);
    select("#data-impute").value = data.impute ?? "";
    select("#data-task").value = data.task ?? "auto";
    for (const place of document.querySelectorAll(".data-of-file")) /** @type {HTMLElement} */ (place).hidden = !own;
  }

  /** @param {TableTold} table */
  take(table) {
    this.fault(table.fault ?? "");
    if (table.fault === null) this.tell(aboutOf(table, this.data));
    const notes = table.notes.map((note) => made("li", `${note[0].toUpperCase()}${note.slice(1)}.`));
    find("#data-notes").replaceChildren(...notes);
    this.chips(table);
    this.columns(table);
    this.pairs(table);
  }

  /**
   * A chip for each class; at least two are chosen.
   * @param {TableTold} table
   */
  chips({ classes, counts, target }) {
    const place = find("#data-classes"), all = classes ?? [];
    place.hidden = all.length < 3 || all.length > MOST_CHIPS;
    const chosen = this.data.classes ?? all;
    const chips = all.map((name, k) => {
      const chip = document.createElement("button");
      Object.assign(chip, {
        type: "button", className: "chip", textContent: name, title: `${count(counts?.[k] ?? 0)} rows`,
      });
      chip.setAttribute("aria-pressed", String(chosen.includes(name)));
      chip.addEventListener("click", () => {
        const next = all.filter((one) => (one === name ? !chosen.includes(one) : chosen.includes(one)));
        if (next.length >= 2) this.change({ classes: next.length === all.length ? null : next });
        else this.tell("At least two classes are needed.");
      });
      return chip;
    });
    const every = document.createElement("button");
    Object.assign(every, {
      type: "button", className: "chip all", textContent: "all", disabled: this.data.classes === null,
    });
    every.addEventListener("click", () => this.change({ classes: null }));
    const held = document.activeElement?.closest("#data-classes .chip")?.textContent;
    place.replaceChildren(made("span", target.replaceAll("_", " ")), ...chips, every);
    [...chips, every].find((chip) => chip.textContent === held)?.focus();
  }

  /**
   * The columns as a table; of a file, the target is chosen in it and columns are left out.
   * @param {TableTold} table
   */
  columns(table) {
    const own = this.data.kind === "file", place = find("#data-columns table"), drop = this.data.drop ?? [];
    const head = [
      "column", ...(own ? ["predict", "leave out"] : []), "type", "missing", "lowest", "highest", "mean", "values",
    ];
    const top = document.createElement("tr");
    top.append(...head.map((text) => Object.assign(made("th", text), { scope: "col", className: words(text) })));
    const rows = [table.target_column, ...table.columns].map((column) => this.row(column, table, drop));
    place.replaceChildren(top, ...rows);
    const details = /** @type {HTMLDetailsElement} */ (find("#data-columns"));
    if (own && this.opened !== this.data.id) details.open = true;
    this.opened = this.data.id;
    const more = table.more_columns > 0 ? `, the first ${count(table.columns.length)} listed` : "";
    find("#data-columns summary").textContent =
      `the columns: ${count(table.columns.length + table.more_columns)}${more}`;
  }

  /**
   * @param {ColumnTold} column
   * @param {TableTold} table
   * @param {string[]} drop
   */
  row(column, table, drop) {
    const row = document.createElement("tr"), { name } = column, own = this.data.kind === "file";
    row.append(Object.assign(made("th", name), { scope: "row" }));
    if (own) {
      const chosen = document.createElement("input"), out = document.createElement("input");
      Object.assign(chosen, {
        type: "radio", name: "data-target", checked: name === table.target,
        disabled: !table.targets.includes(name),
      });
      chosen.setAttribute("aria-label", `predict ${name}`);
      chosen.addEventListener("change", () => {
        this.change({ target: name, classes: null, features: null, drop: drop.filter((one) => one !== name) });
      });
      Object.assign(out, { type: "checkbox", checked: drop.includes(name), disabled: name === table.target });
      out.setAttribute("aria-label", `leave out ${name}`);
      out.addEventListener("change", () => {
        this.change({ features: null, drop: out.checked ? [...drop, name] : drop.filter((one) => one !== name) });
      });
      for (const control of [chosen, out]) {
        const cell = Object.assign(document.createElement("td"), { className: "words" });
        cell.append(control);
        row.append(cell);
      }
    }
    const say = (/** @type {number | null} */ value) => (value === null || value === undefined ? "" : number(value));
    const levels = column.levels ?? 0, others = levels - column.shown.length;
    const told = `${column.shown.join(", ")}${others > 0 ? `, and ${count(others)} others` : ""}`;
    const cells = [
      column.type, column.missing > 0 ? count(column.missing) : "", say(column.low), say(column.high), say(column.mean),
      told,
    ];
    row.append(...cells.map((text, k) =>
      Object.assign(made("td", text), { className: k === 0 || k === cells.length - 1 ? "words" : "" })));
    row.classList.toggle("out", drop.includes(name));
    row.classList.toggle("target", name === table.target);
    return row;
  }

  /**
   * The choice of two columns of numbers.
   * @param {TableTold} table
   */
  pairs(table) {
    const names = table.columns.filter(({ type, name }) =>
      ["number", "truth"].includes(type) && !this.data.drop?.includes(name));
    for (const [k, end] of /** @type {[number, string][]} */ ([[0, "x"], [1, "y"]])) {
      const choice = select(`#data-${end}`);
      choice.replaceChildren(new Option("all columns", ALL),
        ...names.map(({ name }) => new Option(name.replaceAll("_", " "), name)));
      choice.value = this.data.features?.[k] ?? ALL;
    }
    /** @type {HTMLElement} */ (find("#data .pair")).hidden = names.length < 2;
    button("#data-all").hidden = this.data.features === null;
  }
}

/**
 * The table in a sentence.
 * @param {TableTold} table
 * @param {DataSetting} data
 */
function aboutOf({ kind, rows, train_rows, test_rows, target, columns, more_columns, classes }, data) {
  const features = data.features === null ? count(columns.filter(({ used }) => used).length + more_columns) : "two";
  const name = target.replaceAll("_", " "), sorts = data.classes?.length ?? classes?.length ?? 0;
  const what = kind === "classification" ? `${count(sorts)} classes of ${name}` : `${name} is predicted`;
  const held = test_rows === 0 ? "none held out" : `${count(test_rows ?? 0)} held out`;
  const parts = `${count(train_rows ?? 0)} rows to train on, ${held}`;
  return `${count(rows)} rows; ${features} columns to learn from; ${what}; ${parts}.`;
}

/** @param {string} heading  of a column of the table */
function words(heading) {
  return ["missing", "lowest", "highest", "mean"].includes(heading) ? "" : "words";
}

/**
 * @param {string} tag
 * @param {string} text
 */
function made(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}

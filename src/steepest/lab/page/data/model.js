// What is fitted to the rows: a linear model's loss, its penalty, and the penalty's weight.

import { find, select } from "lab/finding.js";
import { FieldControl } from "lab/controls.js";

/** @typedef {import("lab/data/state.js").ModelSetting} ModelSetting */

const PENALTIES = ["none", "l2", "l1", "elasticnet"];
const USUAL = ["log_loss", "squared_error"]; // taken where the loss of before does not fit

export class Model {
  /** @param {(model: ModelSetting) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
    /** @type {ModelSetting | null} */
    this.model = null;
    this.classes = 0;
    const loss = select("#data-loss"), penalty = select("#data-penalty"), several = select("#data-several");
    for (const name of PENALTIES) penalty.add(new Option(name, name));
    loss.addEventListener("change", () => this.change({ loss: loss.value }));
    penalty.addEventListener("change", () => this.change({ penalty: penalty.value }));
    several.addEventListener("change", () => this.change({ multi_class: several.value }));
  }

  /** @param {Partial<ModelSetting>} change */
  change(change) {
    if (this.model === null) return;
    this.model = { ...this.model, ...change };
    this.follow();
    this.onChange(this.model);
  }

  /**
   * @param {ModelSetting} model
   * @param {import("lab/data/source.js").TableTold} table
   * @param {number} classes  that are learned
   */
  show(model, table, classes) {
    this.model = model;
    select("#data-loss").replaceChildren(...table.losses.map((name) => new Option(name.replaceAll("_", " "), name)));
    select("#data-loss").value = model.loss;
    select("#data-penalty").value = model.penalty;
    select("#data-several").value = model.multi_class;
    this.classes = classes;
    const alpha = {
      name: "alpha", kind: /** @type {const} */ ("float"), optional: false, default: 0.0001, low: 0, high: null,
      low_open: false, high_open: false, log: true,
    };
    this.alpha = new FieldControl(alpha, model.alpha, {
      onInput: (value) => this.change({ alpha: typeof value === "number" ? value : 0.0001 }),
    });
    find("#data-alpha").replaceChildren(this.alpha.element);
    this.follow();
  }

  /** What there is to choose with this loss and this penalty. */
  follow() {
    const several = /** @type {HTMLElement} */ (select("#data-several").closest("label"));
    several.hidden = this.classes < 3 || this.model?.loss !== "log_loss";
    find("#data-alpha").hidden = this.model?.penalty === "none";
  }
}

/**
 * A model with a loss that fits the table.
 * @param {ModelSetting} model
 * @param {import("lab/data/source.js").TableTold} table
 */
export function fitting(model, table) {
  if (table.losses.includes(model.loss)) return model;
  return { ...model, loss: USUAL.find((name) => table.losses.includes(name)) ?? table.losses[0] };
}

// What is predicted against what is true: on the line where they agree.

import { drawAxes } from "steepest/axes.js";
import { named } from "steepest/colours.js";
import { number } from "steepest/format.js";
import { scaleOf, ticksOf } from "steepest/scales.js";
import { Surface } from "steepest/surface.js";
import { canvas, find } from "lab/finding.js";
import { fill } from "lab/data/curves.js";

const MARGIN = { left: 86, right: 14, top: 14, bottom: 40 };
const TOLD = 15; // rows in the table
const DENSE = 600; // points from which they are drawn fainter

export class Scatter {
  constructor() {
    /** @type {Float64Array} */
    this.pairs = new Float64Array(0);
    this.surface = new Surface(canvas("#data-scatter canvas"),
      (context, width, height) => this.draw(context, width, height));
  }

  /** @param {Float64Array} pairs  true and predicted, (rows, 2) */
  show(pairs) {
    this.pairs = pairs;
    this.surface.ask();
    const rows = Math.min(TOLD, pairs.length / 2);
    fill(find("#data-scatter table"), ["row", "true", "predicted"], Array.from({ length: rows }, (_, k) =>
      [String(k + 1), number(pairs[2 * k]), number(pairs[2 * k + 1])]));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} width
   * @param {number} height
   */
  draw(context, width, height) {
    if (this.pairs.length === 0) return;
    const [low, high] = this.ends(), right = width - MARGIN.right, bottom = height - MARGIN.bottom;
    const xs = scaleOf(low, high, MARGIN.left, right), ys = scaleOf(low, high, bottom, MARGIN.top);
    drawAxes(context, xs, ys, { left: MARGIN.left, right, bottom }, {
      across: ticksOf(xs, 5), up: ticksOf(ys, 5), digits: { across: 4, up: 4 },
    });
    context.fillText("true", (MARGIN.left + right) / 2, bottom + 22);
    context.save();
    context.translate(4, (MARGIN.top + bottom) / 2);
    context.rotate(-Math.PI / 2);
    context.fillText("predicted", 0, 0);
    context.restore();
    context.strokeStyle = named("ink");
    context.setLineDash([6, 4]);
    context.beginPath();
    context.moveTo(xs.to(low), ys.to(low));
    context.lineTo(xs.to(high), ys.to(high));
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = named("curve");
    context.globalAlpha = this.pairs.length / 2 > DENSE ? 0.3 : 0.6;
    for (let i = 0; i < this.pairs.length; i += 2) {
      const y = ys.to(this.pairs[i + 1]);
      if (!Number.isFinite(y)) continue;
      context.beginPath();
      context.arc(xs.to(this.pairs[i]), Math.min(Math.max(y, MARGIN.top), bottom), 2.8, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /**
   * The ends of both axes: those of the true values and somewhat more, for a bad run predicts anything.
   * @returns {[number, number]}
   */
  ends() {
    let low = Infinity, high = -Infinity;
    for (let i = 0; i < this.pairs.length; i += 2) {
      low = Math.min(low, this.pairs[i]);
      high = Math.max(high, this.pairs[i]);
    }
    const room = 0.08 * (high - low) || 1;
    return [low - room, high + room];
  }
}

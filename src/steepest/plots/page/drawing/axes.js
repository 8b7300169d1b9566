// The two axes of a chart: rules across it with their numbers to the left, numbers below.

import { lettering, named } from "steepest/colours.js";
import { number } from "steepest/format.js";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("steepest/scales.js").Scale} xs
 * @param {import("steepest/scales.js").Scale} ys
 * @param {{ left: number, right: number, bottom: number }} inner  ends of the chart in pixels
 * @param {{ across: number[], up: number[], digits: { across: number, up: number } }} ticks  where numbers stand, and
 *   with how many digits
 */
export function drawAxes(context, xs, ys, { left, right, bottom }, { across, up, digits }) {
  context.font = lettering(12);
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.lineWidth = 1;
  context.strokeStyle = named("faint");
  context.fillStyle = named("muted");
  for (const tick of up) {
    const y = Math.round(ys.to(tick)) + 0.5;
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.stroke();
    context.fillText(number(tick, digits.up), left - 7, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of across) context.fillText(number(tick, digits.across), xs.to(tick), bottom + 5);
}

/**
 * What is counted along, and the title.
 * @param {CanvasRenderingContext2D} context
 * @param {string} title
 * @param {string} xlabel
 * @param {number} right
 * @param {number} height  of the canvas
 */
export function drawNames(context, title, xlabel, right, height) {
  context.font = lettering(12);
  context.fillStyle = named("muted");
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.fillText(xlabel, right, height - 1);
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillStyle = named("ink");
  context.font = lettering(13, 600);
  context.fillText(title, 4, 4);
}

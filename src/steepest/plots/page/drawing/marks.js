// Marks on a map, in pixels: crosses for minima, diamonds for saddles, arrows, dots and lines.

import { named } from "steepest/colours.js";

const AXIS = 76; // pixels to either side

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
export function cross(context, x, y) {
  context.beginPath();
  context.moveTo(x - 5, y - 5);
  context.lineTo(x + 5, y + 5);
  context.moveTo(x - 5, y + 5);
  context.lineTo(x + 5, y - 5);
  rimmed(context);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 */
export function diamond(context, x, y) {
  context.beginPath();
  context.moveTo(x - 5.5, y);
  context.lineTo(x, y - 5.5);
  context.lineTo(x + 5.5, y);
  context.lineTo(x, y + 5.5);
  context.closePath();
  rimmed(context);
}

/** @param {CanvasRenderingContext2D} context */
function rimmed(context) {
  for (const [colour, width] of /** @type {[string, number][]} */ ([["halo", 4], ["ink", 1.8]])) {
    context.strokeStyle = named(colour);
    context.lineWidth = width;
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} dx
 * @param {number} dy
 * @param {string} colour
 */
export function arrow(context, x, y, dx, dy, colour) {
  const length = Math.hypot(dx, dy);
  if (!(length > 1)) return;
  const [ux, uy] = [dx / length, dy / length], head = Math.min(9, 0.6 * length);
  for (const { name, extra } of [{ name: "halo", extra: 2.4 }, { name: colour, extra: 0 }]) {
    context.strokeStyle = context.fillStyle = named(name);
    context.lineWidth = 2.4 + extra;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx - 0.7 * head * ux, y + dy - 0.7 * head * uy);
    context.stroke();
    context.beginPath();
    context.moveTo(x + dx + extra * 0.4 * ux, y + dy + extra * 0.4 * uy);
    context.lineTo(x + dx - head * ux - 0.5 * head * uy, y + dy - head * uy + 0.5 * head * ux);
    context.lineTo(x + dx - head * ux + 0.5 * head * uy, y + dy - head * uy - 0.5 * head * ux);
    context.closePath();
    context.fill();
  }
}

/**
 * A line of one length through a point, whatever the length of the direction is.
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} dx
 * @param {number} dy
 * @param {string} colour
 */
export function axis(context, x, y, dx, dy, colour) {
  const factor = AXIS / Math.hypot(dx, dy);
  if (!Number.isFinite(factor)) return;
  for (const [name, width] of /** @type {[string, number][]} */ ([["halo", 5], [colour, 2.4]])) {
    context.strokeStyle = named(name);
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x - factor * dx, y - factor * dy);
    context.lineTo(x + factor * dx, y + factor * dy);
    context.stroke();
  }
}

/**
 * The line through some points, broken where one is not finite or far away.
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {ArrayLike<number> | null} rows  which of the points; null for all
 */
export function lineOf(xs, ys, rows = null) {
  const found = new Path2D(), points = rows === null ? xs.length : rows.length;
  let down = false;
  for (let i = 0; i < points; i++) {
    const row = rows === null ? i : rows[i], x = xs[row], y = ys[row];
    const sound = Math.abs(x) < 1e6 && Math.abs(y) < 1e6; // false of NaN
    if (sound && down) found.lineTo(x, y);
    else if (sound) found.moveTo(x, y);
    down = sound;
  }
  return found;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {string} colour
 */
export function dot(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

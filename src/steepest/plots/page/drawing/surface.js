// A canvas that knows its size in CSS pixels, is sharp on any screen, and draws at most once a frame.

import { onScheme } from "steepest/colours.js";

export class Surface {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(context: CanvasRenderingContext2D, width: number, height: number) => void} draw
   */
  constructor(canvas, draw) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.draw = draw;
    this.width = 0;
    this.height = 0;
    this.asked = false;
    this.ratio = 1;
    new ResizeObserver(() => this.fit()).observe(canvas);
    onScheme(() => this.ask());
    this.fit();
  }

  /** Takes over the canvas's size on the page. */
  fit() {
    const box = this.canvas.getBoundingClientRect();
    this.ratio = Math.max(1, window.devicePixelRatio || 1);
    this.width = Math.max(1, Math.round(box.width));
    this.height = Math.max(1, Math.round(box.height));
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.paint();
  }

  /** Draws with the next frame, once, however often it is asked. */
  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.paint();
    });
  }

  paint() {
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.draw(this.context, this.width, this.height);
  }
}

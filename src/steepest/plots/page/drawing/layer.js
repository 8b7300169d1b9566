// What lies below the things that move, drawn once and copied into each frame for as long as nothing about it changes.

export class Layer {
  constructor() {
    /** @type {HTMLCanvasElement | null} */
    this.canvas = null;
    /** @type {object | null} */
    this.about = null;
    this.key = "";
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {object} about  what is drawn: another object is drawn anew
   * @param {string} key    how it is drawn: its place and colours
   * @param {(context: CanvasRenderingContext2D) => void} paint
   */
  draw(context, about, key, paint) {
    const { width, height } = context.canvas, { a: ratio } = context.getTransform();
    const whole = [width, height, ratio, key].join();
    if (this.canvas === null || about !== this.about || whole !== this.key) {
      this.canvas ??= document.createElement("canvas");
      Object.assign(this.canvas, { width, height });
      const own = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
      own.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint(own);
      Object.assign(this, { about, key: whole });
    }
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.canvas, 0, 0);
    context.restore();
  }
}

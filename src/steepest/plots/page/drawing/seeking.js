// A canvas along which one seeks by pressing and dragging.

/**
 * @param {HTMLCanvasElement} canvas
 * @param {(x: number) => void} act  what is to happen at a place, in pixels from the left
 */
export function seeking(canvas, act) {
  let held = false;
  canvas.addEventListener("pointerdown", (event) => {
    held = true;
    canvas.setPointerCapture(event.pointerId);
    act(event.offsetX);
  });
  canvas.addEventListener("pointermove", (event) => held && act(event.offsetX));
  canvas.addEventListener("pointerup", () => (held = false));
  canvas.addEventListener("pointercancel", () => (held = false));
}

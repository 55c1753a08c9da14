/** Strokes: a drawing as data: what was put on the sheet in which order, so that each step can be taken back. */

export const SIDE = 280; // units of the sheet's side, which are the pixels of the picture that is sent

/**
 * A step is one of
 *   {kind: "stroke", points: [[x, y], …], width, erase}   in units of the sheet
 *   {kind: "picture", image, ink, width, height}          an image that replaces the sheet; ink: its alpha is ink
 *   {kind: "clear"}                                       an empty sheet
 */
export class History {
  #done = [];
  #undone = [];

  add(step) {
    this.#done.push(step);
    this.#undone = [];
  }

  /** Take the last step back; false where there is none. */
  undo() {
    return move(this.#done, this.#undone);
  }

  redo() {
    return move(this.#undone, this.#done);
  }

  get canUndo() {
    return this.#done.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /** The steps that can be seen: since the last empty sheet or picture. */
  get shown() {
    const start = this.#done.findLastIndex((step) => step.kind !== "stroke");
    const steps = this.#done.slice(Math.max(start, 0));
    return steps[0]?.kind === "clear" ? steps.slice(1) : steps;
  }
}

function move(from, to) {
  if (from.length === 0) return false;
  to.push(from.pop());
  return true;
}

/** Whether steps leave nothing on the sheet that anybody put there. */
export function isBlank(steps) {
  return steps.every((step) => step.kind === "stroke" && step.erase);
}

/** Strokes: a drawing as data, a list of steps of which each can be undone. */

export const SIDE = 280; // units of the pad's side, which are the pixels of the picture that is sent

/**
 * A step is one of
 *   {kind: "stroke", points: [[x, y], …], width, erase}   in units of the pad
 *   {kind: "picture", image, ink, width, height}          a picture that replaces the drawing; ink: its alpha is ink
 *   {kind: "clear"}                                       an empty pad
 */
export class History {
  #done = [];
  #undone = [];

  add(step) {
    this.#done.push(step);
    this.#undone = [];
  }

  /** Undo the last step; false if there is none. */
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

  /** The visible steps: those since the pad was last cleared or filled with a picture. */
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

/** Whether steps leave the pad without a picture or ink. */
export function isBlank(steps) {
  return steps.every((step) => step.kind === "stroke" && step.erase);
}

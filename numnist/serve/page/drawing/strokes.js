/** Strokes: a drawing as data, a list of steps of which each can be undone. */

export const SIDE = 280; // units of the pad's side, which are the pixels of the picture that is sent

/**
 * A step is one of
 *   {kind: "stroke", points: [[x, y], …], width, erase}   in units of the pad
 *   {kind: "picture", image, ink, width, height}          a picture that replaces the drawing; ink: its alpha is ink
 *   {kind: "clear"}                                       an empty pad
 */
export class History {
  #steps = [];
  #done = 0; // of the steps; those after it have been undone

  add(step) {
    this.#steps.length = this.#done;
    this.#done = this.#steps.push(step);
  }

  /** Only if canUndo. */
  undo() {
    this.#done -= 1;
  }

  /** Only if canRedo. */
  redo() {
    this.#done += 1;
  }

  get canUndo() {
    return this.#done > 0;
  }

  get canRedo() {
    return this.#done < this.#steps.length;
  }

  /** The visible steps: those since the pad was last cleared or filled with a picture. */
  get shown() {
    const done = this.#steps.slice(0, this.#done);
    const steps = done.slice(Math.max(0, done.findLastIndex((step) => step.kind !== "stroke")));
    return steps[0]?.kind === "clear" ? steps.slice(1) : steps;
  }
}

/** Whether steps leave the pad without a picture or ink. */
export function isBlank(steps) {
  return steps.every((step) => step.kind === "stroke" && step.erase);
}

/** What a model makes of a picture: the same record as Python's, the command line's and the API's. */

const READING = {
  APART: 0.99, // both halves of what may be two characters that touch must be more probable
  BROAD: 1.15, // times as wide as high: most digits are narrower, and most pairs that touch are wider
};

/** The reading of a picture {h, w, channels, data}. */
function read(model, picture) {
  const ink = prepareCharacters(picture, model.preparation, model.shape);
  const parts = ink.blank ? [] : charactersOf(model, ink);
  const clear = parts.every((part) => part.ink.clear) && (ink.clear || !ink.characters.length);
  const none = model.background ? 1 - parts.reduce((all, part) => all * (1 - part.none), 1) : null;
  return {
    ink, parts, clear,
    label: parts.length ? parts.map((part) => part.label).join(between(model)) : null,
    probability: parts.length ? parts.reduce((all, part) => all * part.probability, 1) : null,
    sure: parts.length > 0 && clear && parts.every((part) => part.sure),
    none: parts.length ? none : null,
    unknown: parts.some((part) => part.unknown),
    blank: ink.blank,
  };
}

/** Names of more than one letter are separated by spaces. */
const between = ({ classes }) => (classes.every((name) => name.length === 1) ? "" : " ");

/**
 * The characters of an ink, each read.
 *
 * What may be two characters that touch is two where the model is not sure of the one, and very sure of both halves.
 * If it is sure of the one too, in a number, where digits touch often, it does not know.
 */
function charactersOf(model, ink) {
  const given = ink.characters.length ? ink.characters : [ink], read = given.map((each) => partOf(model, each));
  return read.flatMap((part) => {
    if (part.sure && (read.length < 2 || isNarrow(part.ink.box))) return [part];
    const halves = part.ink.halves().map((half) => partOf(model, half));
    if (!halves.length || !halves.every((half) => half.sure && half.probability > READING.APART)) return [part];
    return part.sure ? [{ ...part, ink: { ...part.ink, clear: false }, sure: false }] : halves;
  });
}

const isNarrow = ([top, left, bottom, right]) => right - left <= READING.BROAD * (bottom - top);

/** What one character is read as. */
function partOf(model, ink) {
  const logits = forward(model, normalized(model, ink.picture)).data;
  const probs = probabilities(model, logits), probability = largest(probs);
  const none = model.background ? Math.max(0, 1 - sum(probs)) : null;
  const unknown = none !== null && none >= probability;
  const sure = ink.clear && probability > model.threshold && !unknown;
  return { label: model.classes[probs.indexOf(probability)], probability, sure, none, unknown, probs, logits, ink };
}

/** The stops of the tour: what is to be seen at each, in the words of the network that is shown. */

import { chance } from "../../base/format.js";

const find = (id) => document.getElementById(id);

/** shown: the response about the drawing, null before it is there;  open(id): opens a block or the softmax. */
export function tourStops({ shown, open, tabs, panel, root }) {
  const last = shown ? shown.blocks.length - 1 : 0;
  const stop = (name, id, words) => ({
    title: name,
    text: shown ? words(shown) : "The network is computing; its blocks will appear here.",
    target: shown ? panel : root,
    before: shown ? () => open(id) : null,
  });
  const deeper = Math.max(last - 1, 0);
  return [
    {
      title: "Your drawing", target: find("draw"),
      text: "It all begins with ink on a sheet. Draw a digit; whatever you change, everything you see on the tour follows.",
    },
    {
      title: "What the network sees", target: find("preprocessing"),
      text: "The drawing is scaled and centred like the training pictures. These few hundred numbers, one for each pixel, are all that the network is given.",
    },
    {
      ...stop(shown?.blocks[0].name ?? "The first block", "0", ({ blocks: [first] }) => `${first.sentence} Choose one to see how it is computed, and which training pictures excite it most.`),
      target: shown ? tabs : root,
    },
    stop("Deeper", String(deeper), ({ blocks }) => `Each block works on what the one before it made, and knows ever larger parts of the picture. The last one before the scores: ${blocks[deeper].sentence}`),
    stop("Scores", String(last), ({ blocks, label }) => `${blocks[last].sentence}${label ? ` The highest is that of “${label}”.` : ""} A score can be any number.`),
    stop("Softmax", "softmax", ({ label, probability, backward }) => {
      const gets = label ? ` “${label}” gets ${chance(probability, 2)}.` : "";
      const then = backward === null ? "Switch Backward on to see what training would change." : "The last column is where Backward begins.";
      return `exp makes the scores positive, and dividing by their sum makes them probabilities.${gets} ${then}`;
    }),
  ];
}

/** The stops of the tour: what is to be seen at each, in the words of the network that is shown. */

import { say, serverWords } from "../../base/words.js";

const find = (id) => document.getElementById(id);

/** shown: the response about the drawing, null before it is there;  open(id): opens a block or the softmax. */
export function tourStops({ shown, open, tabs, panel, root }) {
  const last = shown ? shown.blocks.length - 1 : 0;
  const stop = (name, id, words) => ({
    title: name,
    text: shown ? words(shown) : say("tour.waits"),
    target: shown ? panel : root,
    before: shown ? () => open(id) : null,
  });
  const deeper = Math.max(last - 1, 0);
  const first = shown ? serverWords(shown.blocks[0], "name") : say("tour.first_block");
  return [
    { title: say("tour.drawing"), target: find("draw"), text: say("tour.drawing.text") },
    { title: say("tour.input"), target: find("preprocessing"), text: say("tour.input.text") },
    { ...stop(first, "0", ({ blocks: [block] }) => say("tour.first.text", { sentence: serverWords(block) })), target: shown ? tabs : root },
    stop(say("tour.deeper"), String(deeper), ({ blocks }) => say("tour.deeper.text", { sentence: serverWords(blocks[deeper]) })),
    stop(say("tour.scores"), String(last), ({ blocks, label }) => (
      say(label ? "tour.scores.label" : "tour.scores.text", { sentence: serverWords(blocks[last]), label })
    )),
    stop(say("tour.softmax"), "softmax", ({ label, probability, backward }) => [
      say("tour.softmax.text"),
      ...(label ? [say("tour.softmax.gets", { label, share: probability })] : []),
      say(backward === null ? "tour.softmax.switch" : "tour.softmax.last"),
    ].join(" ")),
  ];
}

/** Compare: the drawing beside pictures that look alike to the network, its mistakes, and another model. */

import { confusion } from "./confusion.js";
import { nearest } from "./nearest.js";
import { heading } from "./parts.js";
import { rivals } from "./rivals.js";

export function mount(root, app) {
  root.append(
    heading(root, "Compare", "What the network learned from that is most like your drawing, how often it errs with such an answer, and what another network says."),
    nearest(app),
    confusion(app),
    rivals(app),
  );
}

/** Compare: the drawing beside its nearest training pictures, the model's mistakes, and a second model. */

import { heading } from "../base/dom.js";
import { confusion } from "./compare/confusion.js";
import { neighbours } from "./compare/neighbours.js";
import { secondModel } from "./compare/second-model.js";

export function mount(root, app) {
  root.append(
    heading(root, "Compare", "The training pictures that are most like your drawing, how often the model is wrong when it predicts this class, and what another model predicts."),
    neighbours(app),
    confusion(app),
    secondModel(app),
  );
}

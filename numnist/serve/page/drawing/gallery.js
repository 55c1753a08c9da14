/** Gallery: random test pictures of the data set that the model was trained on. */

import { unpack } from "../base/arrays.js";
import { isColour, levels, pixels } from "../base/pictures.js";
import { address } from "../base/request.js";

/** [image, facts] for Drawing.place: a grey picture as ink, so that it looks drawn; a colour picture as it is. */
export async function testPicture(app) {
  const { data, label, index, picture } = await app.api.latest("gallery", address(app, "/api/gallery"));
  const array = unpack(picture);
  const ink = !isColour(array.shape);
  const [height, width] = array.shape.slice(-2);
  const image = ink ? pixels(height, width, (i, c) => (c === 3 ? array.data[i] : 0)) : levels(array);
  return [image, { ink, truth: label, data, index }];
}

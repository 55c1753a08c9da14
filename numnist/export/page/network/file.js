/** The model file: one .safetensors, as numnist wrote it. */

/** Base64 text as bytes. */
const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** {metadata, tensors: {name: {shape, data}}} of a model file.  Throws where a part of it is missing. */
function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer), start = 8 + Number(view.getBigUint64(0, true));
  const { __metadata__: about, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const end = start + Math.max(0, ...Object.values(entries).map(({ data_offsets: [, to] }) => to));
  if (end !== bytes.length) throw new Error("the model in this file is not whole: copy the file again.");
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    tensors[name] = { shape, data: numbers(dtype, bytes.slice(start + from, start + to).buffer) };
  }
  return { metadata: JSON.parse(about.numnist), tensors };
}

function numbers(dtype, buffer) {
  if (dtype === "F64") return new Float64Array(buffer);
  if (dtype === "F32") return new Float32Array(buffer);
  return Float32Array.from(new Uint16Array(buffer), half);
}

/** A float16 of its 16 bits: sign, 5 bits of exponent, 10 bits of fraction. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

/** API: requests to the server, each a promise of parsed JSON that rejects with an ApiError. */

import { TOKEN_HEADER, token } from "./token.js";
import { errorWords, say } from "./words.js";

/** status: of HTTP, 0 if the server is unreachable;  code: for programs;  message: for people;  retryAfter: seconds, or null. */
export class ApiError extends Error {
  constructor(status, code, message, retryAfter = null) {
    super(message);
    Object.assign(this, { name: "ApiError", status, code, retryAfter });
  }
}

/** Reports "returned" when the server responds again after it was unreachable. */
export const returned = new EventTarget();
let unreachable = false;

/** body: a Blob, sent as it is, or a value to send as JSON. */
async function send(method, path, body, signal) {
  const json = body !== undefined && !(body instanceof Blob);
  const headers = { [TOKEN_HEADER]: token, ...(json ? { "Content-Type": "application/json" } : {}) };
  const content = { body: json ? JSON.stringify(body) : body, headers };
  let response;
  try {
    response = await fetch(path, { method, signal, ...content });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    unreachable = true;
    throw new ApiError(0, "unreachable", say("error.unreachable"));
  }
  if (unreachable) queueMicrotask(() => returned.dispatchEvent(new Event("returned")));
  unreachable = false;
  const answer = await response.json().catch((error) => {
    if (!(error instanceof SyntaxError)) throw error; // it is one for an empty response and for the error page of a proxy
  });
  if (response.ok) return answer ?? null;
  const { code = "failed", message = say("error.status", { status: String(response.status) }) } = answer?.error ?? {};
  throw new ApiError(response.status, code, errorWords(code, message), Number(response.headers.get("Retry-After")) || null);
}

const newest = new Map(); // key -> AbortController of its newest request

/** GET, or POST with a body. Cancels an earlier request of the same key: its promise rejects with an AbortError. */
function latest(key, path, body) {
  newest.get(key)?.abort();
  const controller = new AbortController();
  newest.set(key, controller);
  return send(body === undefined ? "GET" : "POST", path, body, controller.signal);
}

export const api = {
  get: (path) => send("GET", path),
  post: (path, body) => send("POST", path, body),
  put: (path, body) => send("PUT", path, body),
  delete: (path) => send("DELETE", path),
  latest,
};

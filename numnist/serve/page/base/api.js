/** API: requests to the server, each a promise of parsed JSON that rejects with an ApiError. */

export class ApiError extends Error {
  /** status: of HTTP, 0 if the server is unreachable;  code: for programs;  retryAfter: seconds, or null. */
  constructor(status, code, message, retryAfter = null) {
    super(message);
    Object.assign(this, { name: "ApiError", status, code, retryAfter });
  }
}

/** body: a Blob, sent as it is, or a value to send as JSON. */
async function send(method, path, body, signal) {
  const options = { method, signal };
  if (body instanceof Blob) {
    options.body = body;
    options.headers = { "Content-Type": body.type };
  } else if (body !== undefined && body !== null) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The server does not respond. Is numnist serve still running?");
  }
  const answer = parsed(await response.text());
  if (response.ok) return answer ?? null;
  const { code = "failed", message = `The server responded with status ${response.status}.` } = answer?.error ?? {};
  const seconds = Number(response.headers.get("Retry-After"));
  throw new ApiError(response.status, code, message, seconds > 0 ? seconds : null);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an empty response, or the error page of a proxy
  }
}

const running = new Map(); // key -> AbortController of the newest request

/** GET, or POST with a body. Cancels an earlier request of the same key: its promise rejects with an AbortError. */
async function latest(key, path, body) {
  running.get(key)?.abort();
  const controller = new AbortController();
  running.set(key, controller);
  try {
    return await send(body === undefined ? "GET" : "POST", path, body, controller.signal);
  } finally {
    if (running.get(key) === controller) running.delete(key);
  }
}

export const api = {
  get: (path) => send("GET", path),
  post: (path, body) => send("POST", path, body),
  put: (path, body) => send("PUT", path, body),
  delete: (path) => send("DELETE", path),
  latest,
};

/** API: questions to the server, each answered with parsed JSON or an ApiError. */

export class ApiError extends Error {
  /** status: of HTTP, 0 where no server answered;  code: for programs;  retryAfter: seconds, or null. */
  constructor(status, code, message, retryAfter = null) {
    super(message);
    Object.assign(this, { name: "ApiError", status, code, retryAfter });
  }
}

/** A body may be a Blob (a picture, sent as it is) or anything that JSON can say. */
async function ask(method, path, body, signal) {
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
    throw new ApiError(0, "unreachable", "The server does not answer. Is numnist serve still running?");
  }
  const text = await response.text();
  const answer = parsed(text);
  if (response.ok) return answer ?? null;
  const { code = "failed", message = `The server answered ${response.status}.` } = answer?.error ?? {};
  const seconds = Number(response.headers.get("Retry-After"));
  throw new ApiError(response.status, code, message, seconds > 0 ? seconds : null);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: an empty answer, or an error page of something between
  }
}

const running = new Map(); // key -> AbortController of the newest question

/** Ask, and drop an earlier question of the same key: its promise rejects with an AbortError. */
async function latest(key, path, body) {
  running.get(key)?.abort();
  const controller = new AbortController();
  running.set(key, controller);
  try {
    return await ask(body === undefined ? "GET" : "POST", path, body, controller.signal);
  } finally {
    if (running.get(key) === controller) running.delete(key);
  }
}

export const api = {
  get: (path) => ask("GET", path),
  post: (path, body) => ask("POST", path, body),
  put: (path, body) => ask("PUT", path, body),
  delete: (path) => ask("DELETE", path),
  latest,
};

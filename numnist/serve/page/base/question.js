/** Question: what is asked of the server. The newest answer alone counts, and what fails for now is asked again by itself. */

import { ApiError, returned } from "./api.js";

const FIRST = 500; // milliseconds before it is asked again, twice as many each time
const LONGEST = 10_000;
const PASSING = [0, 502, 503, 504]; // statuses of a server that is gone, busy, or restarted behind a proxy

/**
 * {now, drop}: now() asks, and drops what was asked before;  drop() forgets what was asked.
 *
 *   ask     () → promise of the answer
 *   show    (answer) → shows it
 *   failed  (error, passing) → shows it;  passing: it will be asked again
 *   again   asks it again, by default now
 */
export function question({ ask, show, failed, again = null }) {
  let turn = 0; // of the newest: older answers are dropped
  let failures = 0; // since the last answer
  let cancel = () => {};

  function drop() {
    turn += 1;
    cancel();
  }

  async function now() {
    drop();
    const mine = turn;
    try {
      const answer = await ask();
      if (mine !== turn) return;
      failures = 0;
      show(answer);
    } catch (error) {
      if (mine !== turn || error.name === "AbortError") return;
      const passing = error instanceof ApiError && PASSING.includes(error.status);
      if (passing) cancel = soon(again ?? now, error.retryAfter === null ? pause(failures++) : 1000 * error.retryAfter);
      failed(error, passing);
    }
  }

  return { now, drop };
}

/** Milliseconds until it is asked again after so many failures in a row. */
export const pause = (failures) => Math.min(LONGEST, FIRST * 2 ** failures);

/** Calls task once: after a pause, or at once when the page is looked at again, or the network or the server is back. */
function soon(task, milliseconds) {
  const stop = new AbortController();
  const timer = setTimeout(go, milliseconds);

  function cancel() {
    clearTimeout(timer);
    stop.abort();
  }

  function go() {
    cancel();
    task();
  }

  const { signal } = stop;
  addEventListener("online", go, { signal });
  returned.addEventListener("returned", go, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || go(), { signal });
  return cancel;
}

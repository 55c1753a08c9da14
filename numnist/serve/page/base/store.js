/** Store: what all parts of the page share, and who wants to know when it changes. */

/** state: plain values by key;  on(key, listener): called after each set;  set(key, value). */
export function store(initial) {
  const state = { ...initial };
  const listeners = new Map();

  function on(key, listener) {
    if (!listeners.has(key)) listeners.set(key, new Set());
    listeners.get(key).add(listener);
    return () => listeners.get(key).delete(listener);
  }

  function set(key, value) {
    state[key] = value;
    for (const listener of [...(listeners.get(key) ?? [])]) {
      try {
        listener(value, state);
      } catch (error) {
        reportError(error); // one part that fails must not silence the others
      }
    }
  }

  return { state, on, set };
}

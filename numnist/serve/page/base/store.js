/** Store: the state that all parts of the page share, with listeners for its changes. */

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
        reportError(error); // a listener that fails must not stop the others
      }
    }
  }

  return { state, on, set };
}

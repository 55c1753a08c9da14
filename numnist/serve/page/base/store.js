/** Store: the state that all parts of the page share, with listeners for its changes. */

/** state: plain values by key;  on(key, listener): called with the value after each set;  set(key, value). */
export function store(initial) {
  const state = { ...initial };
  const changes = new EventTarget(); // which reports a listener that fails, and calls the others
  return {
    state,
    on: (key, listener) => changes.addEventListener(key, ({ detail }) => listener(detail)),
    set(key, value) {
      state[key] = value;
      changes.dispatchEvent(new CustomEvent(key, { detail: value }));
    },
  };
}

/** Saying: what a screen reader is told: politely, and only after a pause, since answers change with every stroke. */

const PAUSE = 800; // milliseconds without news, after which the news is told

/** Answers say(text, topic): a newer text on a topic replaces an older one that has not been told yet. */
export function speaker(region) {
  const news = new Map();
  let timer;
  return function say(text, topic = "note") {
    news.delete(topic);
    news.set(topic, text);
    clearTimeout(timer);
    timer = setTimeout(() => {
      region.textContent = [...news.values()].join(" ");
      news.clear();
    }, PAUSE);
  };
}

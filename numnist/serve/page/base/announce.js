/** Announcements for screen readers: polite, and only after a pause, since predictions change while you draw. */

const PAUSE = 800; // milliseconds without news before the news is announced

/** Returns announce(text, topic): a newer text replaces one on the same topic that has not been announced yet. */
export function announcer(region) {
  const news = new Map();
  let timer;
  return function announce(text, topic = "note") {
    news.delete(topic);
    news.set(topic, text);
    clearTimeout(timer);
    timer = setTimeout(() => {
      region.textContent = [...news.values()].join(" ");
      news.clear();
    }, PAUSE);
  };
}

/** Elements of the page, and numbers in words. */

const byId = (id) => document.getElementById(id);

/** An element with these properties, or attributes where the name is `role` or has a dash, and children. */
function el(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "role" || key.includes("-")) element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** 0.9731 -> 97.3%; what is nearly all or nothing is never called so. */
function percent(p) {
  if (p > 0.999 && p < 1) return ">99.9%";
  if (p < 0.001 && p > 0) return "<0.1%";
  return `${(100 * p).toFixed(1)}%`;
}

const count = (n) => n.toLocaleString("en");

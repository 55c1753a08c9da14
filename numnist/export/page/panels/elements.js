/** Elements of the page. */

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

/** Token: the name by which the server knows this page again; nobody else is told it. It lasts as long as the tab. */

const KEY = "numnist-page";
const BYTES = 16; // 128 bits at random: nobody guesses it

/** The header and the query parameter that carry the token. */
export const TOKEN_HEADER = "X-Numnist-Page";
export const token = stored() ?? made();

function stored() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // storage is blocked: the token lasts until the page is loaded again
  }
}

function made() {
  // not crypto.randomUUID, which pages of another machine lack without https
  const text = Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    sessionStorage.setItem(KEY, text);
  } catch {
    // as above
  }
  return text;
}

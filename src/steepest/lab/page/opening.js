// What `steepest.show` or `steepest lab WHAT` asked the page to open with.

import { FIRST } from "lab/state.js";

/**
 * The state that the page is to show: what Python code asked for, else what its fragment says. Where that is a record
 * which no view can make again, its page takes the place of this one.
 * @param {import("lab/link.js").Link} link
 * @param {string} fragment
 * @returns {Promise<import("lab/state.js").State | "page" | null>}  null where the fragment asks for nothing
 */
export async function opened(link, fragment) {
  const part = fragment.replace(/^#/, "").split("&").find((one) => one.startsWith("show="));
  if (part === undefined) return null;
  const { state, page } = await link.ask("shown", { show: decodeURIComponent(part.slice(5)) });
  if (page === undefined) return { ...structuredClone(FIRST), ...state };
  document.title = page.title;
  document.body.innerHTML = page.body;
  const data = document.createElement("script");
  Object.assign(data, { type: "application/json", id: "run", textContent: JSON.stringify(page.run) });
  document.body.append(data);
  await import("steepest/run_page.js");
  return "page";
}

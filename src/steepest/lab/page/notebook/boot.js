// The first script of the page in a frame, before it is painted: its modules become addresses that only this page knows
// (allowed wherever a widget's own script is), it is dark or light as the notebook is, and it begins with what it
// showed before where the frame was moved, which loads the page anew.

const boot = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("boot")).textContent ?? "");
const imports = Object.fromEntries(Object.entries(boot.modules).map(
  ([name, text]) => [name, URL.createObjectURL(new Blob([text], { type: "text/javascript" }))]));
const map = document.createElement("script");
const nonce = /** @type {HTMLScriptElement} */ (document.currentScript).nonce;
Object.assign(map, { type: "importmap", nonce, textContent: JSON.stringify({ imports }) });
document.head.append(map);

const darkRules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]).filter(
  (rule) => rule instanceof CSSMediaRule && rule.media.mediaText.includes("prefers-color-scheme: dark"));
/** @param {string} scheme  "dark" or "light" */
const take = (scheme) => {
  document.documentElement.style.colorScheme = scheme;
  const when = scheme === "dark" ? "all" : "not all";
  for (const rule of darkRules) /** @type {CSSMediaRule} */ (rule).media.mediaText = when;
  dispatchEvent(new Event("scheme"));
};
/** @type {((fragment: string) => void) | null} */
let begin = (fragment) => {
  document.documentElement.dataset.fragment = fragment;
  begin = null;
  import("lab/lab.js");
};
addEventListener("message", (event) => {
  if (event.source !== parent) return;
  const { scheme, begins } = event.data?.content ?? {};
  if (scheme !== undefined) take(scheme);
  if (begins !== undefined) begin?.(begins ?? boot.fragment);
});
take(boot.scheme);
parent.postMessage({ content: { do: "begin" }, buffers: [] }, "*");

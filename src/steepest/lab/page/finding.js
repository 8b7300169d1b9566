// Elements of the page by selector, as what they are.

/** @param {string} selector */
export const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

/** @param {string} selector */
export const button = (selector) => /** @type {HTMLButtonElement} */ (find(selector));

/** @param {string} selector */
export const canvas = (selector) => /** @type {HTMLCanvasElement} */ (find(selector));

/** @param {string} selector */
export const input = (selector) => /** @type {HTMLInputElement} */ (find(selector));

/** @param {string} selector */
export const select = (selector) => /** @type {HTMLSelectElement} */ (find(selector));

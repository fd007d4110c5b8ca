/** Writing a view: the draft is kept as it is typed, the text knows its language. */

import { again, ask } from "./asking.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("#give-view, #revise-view"));
const MILLISECONDS_OF_SILENCE = 1200;

if (form) {
  const text = /** @type {HTMLTextAreaElement} */ (form.elements.namedItem("text"));
  const language = /** @type {HTMLSelectElement} */ (form.elements.namedItem("language"));
  language.addEventListener("change", () => (text.lang = language.value));
  if (form.dataset.draft) keepWhileTyping(form, text);
}

/**
 * Saves the draft a moment after the last key, and when the page is left.
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} text
 */
function keepWhileTyping(form, text) {
  const state = /** @type {HTMLElement} */ (document.querySelector("#draft-state"));
  let kept = text.defaultValue;
  let waiting = 0;
  let underway = new AbortController();

  const keep = async () => {
    clearTimeout(waiting);
    if (text.value === kept || form.dataset.sent) return;
    const typed = text.value;
    underway = new AbortController();
    const sending = { method: "POST", body: new FormData(form), keepalive: true, signal: underway.signal };
    const answer = await ask(form.dataset.draft ?? "", sending);
    if (underway.signal.aborted) return;
    if (answer?.ok) kept = typed;
    state.textContent = (answer?.ok ? state.dataset.kept : state.dataset.lost) ?? "";
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(keep, MILLISECONDS_OF_SILENCE);
  });
  // What is sent is no draft any more, and must not become one behind the sending
  form.addEventListener("submit", () => {
    clearTimeout(waiting);
    underway.abort();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
  });
  again(keep);
}

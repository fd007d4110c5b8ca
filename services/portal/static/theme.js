/** The studio while a colour is being chosen: the little page at once, the verdicts and the cover a moment later. */

import { ask } from "./asking.js";

const PAUSE_MS = 250;
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("theme"));
const preview = document.getElementById("preview");
const page = /** @type {HTMLImageElement | null} */ (document.getElementById("page"));
let waiting = 0, asked = 0;

/** @returns {[string, string][]} */
function colours() {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-colour]"));
  return [...fields].map((field) => [field.name, field.value]);
}

function areColours() {
  return colours().every(([, value]) => /^#[0-9a-f]{6}$/i.test(value));
}

function dress() {
  for (const [name, value] of colours()) {
    preview?.style.setProperty(`--p-${name}`, value);
    document.querySelector(`[data-swatch="${name}"]`)?.setAttribute("fill", value);
  }
  preview?.classList.add("is-live");
}

async function judge() {
  const mine = ++asked;
  const body = new FormData(form);
  body.delete("cover_file");
  const answer = await ask(form.dataset.check, { method: "POST", body, headers: { Accept: "application/json" } });
  if (mine !== asked || !answer?.ok) return;
  const { verdicts, said } = await answer.json();
  document.getElementById("verdict")?.replaceChildren(said);
  for (const verdict of verdicts) show(verdict);
}

/** @param {{front: string, ground: string, ratio: number, words: string}} verdict */
function show(verdict) {
  const row = document.querySelector(`[data-pair="${verdict.front} ${verdict.ground}"]`);
  row?.querySelector("[data-ratio]")?.replaceChildren(verdict.ratio.toLocaleString(document.documentElement.lang));
  row?.querySelector("[data-verdict]")?.replaceChildren(verdict.words);
}

function print() {
  const address = new URL(page.src);
  for (const [name, value] of colours()) address.searchParams.set(name, value);
  page.src = address.href;
}

function chosen() {
  if (!areColours()) return;
  dress();
  clearTimeout(waiting);
  waiting = setTimeout(() => { judge(); print(); }, PAUSE_MS);
}

if (form && page) {
  for (const pick of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=color]"))) {
    const field = /** @type {HTMLInputElement} */ (document.getElementById(pick.dataset.for));
    pick.hidden = false;
    pick.addEventListener("input", () => { field.value = pick.value; chosen(); });
    field.addEventListener("input", () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) pick.value = field.value; });
  }
  form.addEventListener("input", chosen);
  dress();
}

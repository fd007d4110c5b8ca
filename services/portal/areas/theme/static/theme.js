/** The studio while a colour is being chosen: the little page at once, the verdicts and the cover a moment later. */

import { ask } from "./asking.js";

const PAUSE_MS = 250;
const COLOUR = /^#[0-9a-f]{6}$/i;
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("theme"));
const preview = document.getElementById("preview");
const cover = /** @type {HTMLImageElement | null} */ (document.getElementById("page"));
let waiting = 0, asked = 0;

if (form && cover) {
  for (const pick of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=color]"))) choosesBesides(pick);
  form.addEventListener("input", () => chosen(form, cover));
  dress(coloursIn(form));
}

/** The browser's own way to choose a colour, beside the field that has its name. @param {HTMLInputElement} pick */
function choosesBesides(pick) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById(pick.dataset.for ?? ""));
  pick.hidden = false;
  pick.addEventListener("input", () => (field.value = pick.value));
  field.addEventListener("input", () => COLOUR.test(field.value) && (pick.value = field.value));
}

/** @param {HTMLFormElement} form @param {HTMLImageElement} cover */
function chosen(form, cover) {
  const colours = coloursIn(form);
  if (!colours.every(([, value]) => COLOUR.test(value))) return;
  dress(colours);
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    judge(form);
    print(cover, colours);
  }, PAUSE_MS);
}

/** @param {HTMLFormElement} form @returns {[string, string][]} */
function coloursIn(form) {
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-colour]"));
  return [...fields].map((field) => [field.name, field.value]);
}

/** @param {[string, string][]} colours */
function dress(colours) {
  for (const [name, value] of colours) {
    preview?.style.setProperty(`--p-${name}`, value);
    document.querySelector(`[data-swatch="${name}"]`)?.setAttribute("fill", value);
  }
  preview?.classList.add("is-live");
}

/** @param {HTMLFormElement} form */
async function judge(form) {
  const mine = ++asked;
  const body = new FormData(form);
  body.delete("cover_file");
  const answer = await ask(form.dataset.check ?? "", { method: "POST", body, headers: { Accept: "application/json" } });
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

/** The cover as it would be printed. @param {HTMLImageElement} cover @param {[string, string][]} colours */
function print(cover, colours) {
  const address = new URL(cover.src);
  for (const [name, value] of colours) address.searchParams.set(name, value);
  cover.src = address.href;
}

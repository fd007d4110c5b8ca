/** Reading: every choice is kept at once, number keys answer the view one is on, the last choice can be undone. */

import { again, ask } from "./asking.js";

/** @typedef {{answer: string, heart: boolean}} Choice */

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("#answers"));
const ANSWER_KEYS = new Map([["1", "agree"], ["2", "pass"], ["3", "disagree"]]);
/** What the server holds of each card. @type {Map<HTMLElement, Choice>} */
const kept = new Map();
/** What can be undone, latest last. @type {{card: HTMLElement, before: Choice}[]} */
const undoable = [];
/** One request after the other, so that the last choice is the last to arrive. */
let underway = Promise.resolve();

if (form) {
  for (const card of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-view]"))) {
    kept.set(card, chosenOn(card));
  }
  form.addEventListener("change", (event) => keep(cardAround(event.target)));
  form.addEventListener("click", takeBack);
  form.addEventListener("keydown", answerByKey);
  document.querySelector(".keys")?.removeAttribute("hidden");
  again(() => [...kept.keys()].forEach(keep)); // what did not get through goes now
}

/**
 * @param {EventTarget | null} within
 * @returns {HTMLElement | null}
 */
function cardAround(within) {
  return within instanceof Element ? within.closest("[data-view]") : null;
}

/**
 * @param {HTMLElement} card
 * @returns {Choice}
 */
function chosenOn(card) {
  const answer = /** @type {HTMLInputElement | null} */ (card.querySelector("input[type=radio]:checked"));
  const heart = /** @type {HTMLInputElement | null} */ (card.querySelector("input[type=checkbox]"));
  return { answer: answer?.value ?? "", heart: heart?.checked ?? false };
}

/**
 * @param {HTMLElement} card
 * @param {Choice} choice
 */
function choose(card, choice) {
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (card.querySelectorAll("input[type=radio]"))) {
    radio.checked = radio.value === choice.answer;
  }
  const heart = /** @type {HTMLInputElement | null} */ (card.querySelector("input[type=checkbox]"));
  if (heart) heart.checked = choice.heart;
}

/**
 * Sends what is chosen on a card; a refused choice goes back to what was kept.
 * @param {HTMLElement | null} card
 */
function keep(card) {
  if (!card || !form) return;
  const choice = chosenOn(card);
  if (choice.heart && !choice.answer) {
    choose(card, { answer: "", heart: false });
    say(card, form.dataset.first ?? "");
    return;
  }
  say(card, "");
  underway = underway.then(() => send(card, choice));
}

/**
 * @param {HTMLElement} card
 * @param {Choice} choice
 */
async function send(card, choice) {
  const before = /** @type {Choice} */ (kept.get(card));
  if (before.answer === choice.answer && before.heart === choice.heart) return;
  const body = new FormData();
  body.set("answer", choice.answer);
  if (choice.heart) body.set("heart", "yes");
  const answer = await ask(card.dataset.view ?? "", { method: "POST", body, keepalive: true });
  if (!answer?.ok) return say(card, form?.dataset.lost ?? "");
  const told = await answer.json();
  if (told.refused) {
    choose(card, before);
    return say(card, told.refused);
  }
  for (const other of kept.keys()) say(other, "");
  kept.set(card, choice);
  undoable.push({ card, before });
  card.querySelector(".undo")?.toggleAttribute("hidden", !choice.answer);
  show(told);
}

/**
 * @param {{read: string, hearts: string, answered: number, goal: number}} progress
 */
function show(progress) {
  for (const [id, sentence] of [["read", progress.read], ["hearts", progress.hearts]]) {
    const place = document.getElementById(id);
    if (place) place.textContent = sentence;
  }
  const bar = document.querySelector("main progress");
  if (bar instanceof HTMLProgressElement) bar.value = Math.min(progress.answered, progress.goal);
}

/**
 * @param {HTMLElement} card
 * @param {string} sentence
 */
function say(card, sentence) {
  const place = /** @type {HTMLElement} */ (card.querySelector(".wrong"));
  place.textContent = sentence;
  place.hidden = !sentence;
}

/** @param {MouseEvent} event */
function takeBack(event) {
  const button = event.target instanceof Element ? event.target.closest("button[name=undo]") : null;
  const card = cardAround(button);
  if (!card) return;
  event.preventDefault();
  choose(card, { answer: "", heart: false });
  keep(card);
  card.focus();
}

/**
 * Single keys work only while one is on a view (WCAG 2.1.4), so they are in nobody's way.
 * @param {KeyboardEvent} event
 */
function answerByKey(event) {
  const card = cardAround(event.target);
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const answer = ANSWER_KEYS.get(event.key);
  if (answer) {
    choose(card, { ...chosenOn(card), answer });
    keep(card);
    /** @type {HTMLElement | null} */ (card.nextElementSibling)?.focus();
  } else if (event.key === "4") {
    const choice = chosenOn(card);
    choose(card, { ...choice, heart: !choice.heart });
    keep(card);
  } else if (event.key.toLowerCase() === "u") {
    undo();
  } else {
    return;
  }
  event.preventDefault();
}

/** Puts the latest choice back to what it was before. */
function undo() {
  underway = underway.then(async () => {
    const latest = undoable.pop();
    if (!latest) return;
    choose(latest.card, latest.before);
    latest.card.focus();
    const left = undoable.length;
    await send(latest.card, latest.before);
    undoable.length = left;
  });
}

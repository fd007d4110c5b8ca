/**
 * Says in time that the session is about to end, and lets one stay: by a button, or by itself while somebody types. What another tab
 * of the same person does counts here too.
 */

import { ask } from "./asking.js";

const WARNED_MS = 5 * 60_000;
const TYPING_MS = 2 * 60_000;
const LOOK_MS = 5000;

const { person, secondsLeft } = document.body.dataset;
const place = /** @type {HTMLTemplateElement | null} */ (document.getElementById("staying-words"));
const name = `acted:${person}`;
let lasts = 1000 * Number(secondsLeft); // after the latest act, on this page: a client's rooms may have limits of their own
let typedAt = 0;
let notice = /** @type {HTMLElement | null} */ (null);
let isOver = false;

if (secondsLeft && place) {
  acted();
  document.addEventListener("input", () => (typedAt = Date.now()));
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_MS);
  look();
}

function acted() {
  isOver = false;
  localStorage.setItem(name, String(Date.now()));
}

function left() {
  return Number(localStorage.getItem(name)) + lasts - Date.now();
}

function look() {
  if (isOver || document.visibilityState === "hidden") return;
  if (left() > WARNED_MS) return takeBack();
  if (left() <= 0) return end();
  if (notice) return;
  if (Date.now() - typedAt < TYPING_MS) stay();
  else warn("soon");
}

/** The server says that it is over, with the way back in (asking.js); or that it is not. */
function end() {
  takeBack();
  isOver = true;
  stay();
}

async function stay() {
  const answer = await ask("/stay", { method: "POST", headers: { Accept: "application/json" } });
  if (!answer?.ok) return;
  lasts = Math.min(lasts, 1000 * (await answer.json()).seconds_left);
  acted();
  takeBack();
  if (left() <= WARNED_MS) warn("last");
}

function takeBack() {
  notice?.remove();
  notice = null;
}

/** @param {"soon" | "last"} word where it is the last, nothing but another sign-in helps */
function warn(word) {
  notice = /** @type {HTMLElement} */ (place?.content.firstElementChild?.cloneNode(true));
  const [said, button, link] = ["p", "button", "a"].map((tag) => /** @type {HTMLElement} */ (notice?.querySelector(tag)));
  button.hidden = word === "last";
  link.hidden = word === "soon";
  button.addEventListener("click", stay);
  notice.setAttribute("role", "alert"); // not in the page itself: nothing is wrong there
  document.querySelector("main")?.prepend(notice);
  said.textContent = place?.dataset[word] ?? ""; // once it is there, so that it is read out
}

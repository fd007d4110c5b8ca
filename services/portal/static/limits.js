/**
 * Says limits beside their fields, at once: how many characters are left, counted as services count them, and that a file is too large.
 * Without script the browser holds texts to their maxlength, and the portal refuses what is too large.
 */

import { isField } from "./fields.js";

const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("limits-words"))?.dataset ?? {};
const SHORTEST = 20;
const MATTERS = 1 / 4; // of the room: before that nobody wants to know

/** Before anybody else hears of the choice: who sends a file as soon as it is chosen sends none that is refused. */
document.addEventListener("change", ({ target }) => isFile(target) && weigh(target), true);
document.addEventListener("focusin", ({ target }) => isText(target) && longestOf(target));
document.addEventListener("input", ({ target }) => {
  for (const field of target instanceof HTMLFormElement ? target.elements : [target]) if (isText(field)) count(field);
}, true);

/** @param {EventTarget | null} field @returns {field is HTMLInputElement} */
function isFile(field) {
  return field instanceof HTMLInputElement && Boolean(field.dataset.mostBytes);
}

/**
 * What is shorter, such as a code or a colour, is left to the browser.
 * @param {EventTarget | null} field @returns {field is HTMLInputElement | HTMLTextAreaElement}
 */
function isText(field) {
  if (!isField(field) || field instanceof HTMLSelectElement) return false;
  return field.matches("[data-longest], [data-longest-line], [maxlength]") && !(field.maxLength >= 0 && field.maxLength < SHORTEST);
}

/** @param {HTMLInputElement} field */
function weigh(field) {
  const most = Number(field.dataset.mostBytes);
  const isTooLarge = [...(field.files ?? [])].some((file) => file.size > most);
  say(field, isTooLarge ? field.dataset.tooLarge ?? "" : "", isTooLarge);
}

/**
 * The browser would count in UTF-16 and cut off what is pasted; so its limit becomes ours, which says how much is too much.
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 */
function longestOf(field) {
  if (field.hasAttribute("maxlength")) {
    field.dataset.longest = field.getAttribute("maxlength") ?? "";
    field.removeAttribute("maxlength");
  }
  return Number(field.dataset.longest ?? field.dataset.longestLine);
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field */
function count(field) {
  const longest = longestOf(field);
  const texts = field.dataset.longestLine ? field.value.split("\n") : [field.value];
  const left = longest - Math.max(...texts.map(lengthOf));
  const sentence = left >= 0 ? words.left : field.dataset.longestLine ? words.overLine : words.over;
  const isSaid = left < 0 || (left < longest * MATTERS && !field.dataset.longestLine);
  say(field, isSaid ? (sentence ?? "").replace(/\{(left|over)\}/, String(Math.abs(left))) : "", left < 0);
}

/** As shared/web/cleaning.py and marshmallow's Length do: characters in NFC, a line end is one. @param {string} text */
function lengthOf(text) {
  return [...text.normalize("NFC")].length;
}

/** In a place of its own behind the field; a form with something too long or too large is not sent. @param {HTMLInputElement | HTMLTextAreaElement} field @param {string} sentence @param {boolean} isTooMuch */
function say(field, sentence, isTooMuch) {
  field.setCustomValidity(isTooMuch ? sentence : "");
  if (!sentence && !field.nextElementSibling?.matches("[data-said]")) return;
  const place = placeAfter(field);
  place.textContent = sentence;
  place.className = isTooMuch ? "wrong" : "small soft number";
}

/** @param {HTMLElement} field */
function placeAfter(field) {
  const next = field.nextElementSibling;
  if (next?.matches("[data-said]")) return next;
  const made = document.createElement("p");
  made.setAttribute("role", "status");
  made.dataset.said = "";
  field.after(made);
  return made;
}

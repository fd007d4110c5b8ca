/**
 * Keeps on this device what somebody types, until it has arrived: a session that ends, a line that breaks or a page that is left takes
 * no words along. It is sealed with a key that the pages of this person alone carry (services/portal/forms/kept.py), so that it is offered to
 * nobody else; it goes with a sign-out, and after seven days.
 */

import { isField, put, valuesBefore, valuesOf } from "./fields.js";

/** @import { Field } from "./fields.js" */

const DAYS = 7;
const A_DAY = 86_400_000;
const PAUSE_MS = 400;
const PREFIX = "kept:";
const IV_BYTES = 12;
const NOT_KEPT = ["hidden", "password", "file", "submit"];

const { keeper, person } = document.body.dataset;
const place = /** @type {HTMLTemplateElement | null} */ (document.getElementById("kept-words"));
const sealing = keeper && globalThis.crypto?.subtle ? unwrap(keeper) : null;
/** @type {Map<HTMLFormElement, number>} */
const waiting = new Map();
/** What the server held before it gave back what it refused. @type {WeakMap<HTMLFormElement, Record<string, string[]>>} */
const bases = new WeakMap();
/** The sentence above a form. @type {WeakMap<HTMLFormElement, HTMLElement>} */
const offers = new WeakMap();
const isRefused = document.querySelector("#refusal, main [aria-invalid=true], [data-given-back], .flashes .notice.stop") !== null;
let isLeaving = false;

/** @typedef {{ base: Record<string, string[]>, typed: Record<string, string[]> }} Kept */

forgetTheOld();
settle();
if (sealing) {
  for (const form of keepable()) bringBack(form);
  document.addEventListener("input", (event) => later(formAround(event.target)));
  document.addEventListener("change", (event) => later(formAround(event.target)));
  document.addEventListener("reset", (event) => arrived(/** @type {HTMLFormElement} */ (event.target)));
  document.addEventListener("leaves", (event) => sent(/** @type {HTMLFormElement} */ (event.target)));
  window.addEventListener("pageshow", (event) => event.persisted && emptyWhatArrived());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keepAll());
}
for (const form of document.querySelectorAll("form[data-signs-out]")) form.addEventListener("submit", forgetThisPersons);

/** @param {string} told @returns {Promise<CryptoKey>} */
function unwrap(told) {
  return crypto.subtle.importKey("raw", fromText(told), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** Forms in which somebody types; those that only act have nothing to lose. */
function keepable() {
  return [...document.querySelectorAll("main form[method=post]")].filter(isTypedIn).map((form) => /** @type {HTMLFormElement} */ (form));
}

/** @param {Element} form */
function isTypedIn(form) {
  return !form.matches("[data-given-back]") && form.querySelector("textarea, input:is([type=text], [type=email], [type=url], [type=search], :not([type]))");
}

/** @param {EventTarget | null} target */
function formAround(target) {
  const form = target instanceof Element ? target.closest("main form[method=post]") : null;
  return form && isTypedIn(form) ? /** @type {HTMLFormElement} */ (form) : null;
}

/** What is kept for it: the same form on the same page finds it again. @param {HTMLFormElement} form */
function nameOf(form) {
  return `${PREFIX}${person}:${location.pathname}#${form.id || new URL(form.action).pathname}`;
}

/** @param {HTMLFormElement} form @param {(field: Field) => string[]} read @returns {Record<string, string[]>} */
function fieldsOf(form, read) {
  /** @type {Record<string, string[]>} */
  const found = {};
  for (const field of keptFields(form)) found[field.name] = [...(found[field.name] ?? []), ...read(field)];
  return found;
}

/** @param {HTMLFormElement} form */
function keptFields(form) {
  return [...form.elements].filter(isField).filter((field) => field.name && !NOT_KEPT.includes(field.type));
}

/** @param {HTMLFormElement | null} form */
function later(form) {
  if (!form) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, window.setTimeout(() => keep(form), PAUSE_MS));
}

function keepAll() {
  for (const [form, timer] of waiting) {
    clearTimeout(timer);
    keep(form);
  }
}

/** @param {HTMLFormElement} form */
async function keep(form) {
  waiting.delete(form);
  if (isLeaving) return;
  const typed = fieldsOf(form, valuesOf);
  const base = bases.get(form) ?? fieldsOf(form, valuesBefore);
  if (isSame(typed, base)) return forget(form);
  localStorage.setItem(nameOf(form), `${today()}.${await sealed({ base, typed })}`);
}

/** @param {HTMLFormElement} form */
function forget(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  localStorage.removeItem(nameOf(form));
}

/** Sent in place: what was offered is no news any more. @param {HTMLFormElement} form */
function arrived(form) {
  forget(form);
  offers.get(form)?.remove();
}

/**
 * Whether it arrived is known by the next page: until then it stays. The browser keeps no copy of its own, which it would put into the
 * form again when one goes back to it. @param {HTMLFormElement} form
 */
function sent(form) {
  if (!isTypedIn(form)) return;
  form.autocomplete = "off";
  clearTimeout(waiting.get(form));
  form.dataset.left = "yes";
  const names = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  sessionStorage.setItem("sent", JSON.stringify([...names, nameOf(form)]));
  keep(form);
}

/** Coming back by the back button, one is not offered again what has arrived. */
function emptyWhatArrived() {
  for (const form of document.querySelectorAll("form[data-left]")) {
    if (form instanceof HTMLFormElement && !localStorage.getItem(nameOf(form))) form.reset();
  }
}

/** A page that refuses, gives back or asks to sign in says that it has not arrived. */
function settle() {
  const names = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  sessionStorage.removeItem("sent");
  if (!isRefused) for (const name of names) localStorage.removeItem(name);
}

/** @param {HTMLFormElement} form */
async function bringBack(form) {
  const kept = await opened(localStorage.getItem(nameOf(form)));
  if (!kept) return;
  if (isSame(kept.typed, fieldsOf(form, valuesBefore))) return isRefused ? bases.set(form, kept.base) : forget(form);
  if (isSame(kept.base, fieldsOf(form, valuesBefore))) {
    fill(form, kept.typed);
    offer(form, "again", "leave", () => leave(form));
  } else {
    offer(form, "other", "take", () => fill(form, kept.typed), wordsOf(kept));
  }
}

/** @param {HTMLFormElement} form */
function leave(form) {
  fill(form, fieldsOf(form, valuesBefore));
  forget(form);
}

/** @param {HTMLFormElement} form @param {Record<string, string[]>} values */
function fill(form, values) {
  const left = structuredClone(values);
  for (const field of keptFields(form)) if (left[field.name]) put(field, left[field.name]);
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

/** What somebody wrote, as it would be read. @param {Kept} kept */
function wordsOf({ base, typed }) {
  return Object.keys(typed).filter((name) => !isSame({ a: typed[name] }, { a: base[name] ?? [] })).flatMap((name) => typed[name]).join("\n");
}

/**
 * A sentence above the form, with one act that can be undone by typing.
 * @param {HTMLFormElement} form @param {string} sentence @param {string} act @param {() => void} done @param {string} [words]
 */
function offer(form, sentence, act, done, words) {
  const made = /** @type {HTMLElement} */ (place?.content.firstElementChild?.cloneNode(true));
  const said = place?.dataset ?? {};
  /** @type {HTMLElement} */ (made.querySelector(".said")).textContent = said[sentence] ?? "";
  const text = /** @type {HTMLElement} */ (made.querySelector(".words"));
  text.hidden = !words;
  text.classList.add("voice");
  text.textContent = words ?? "";
  const button = /** @type {HTMLButtonElement} */ (made.querySelector("button"));
  button.textContent = said[act] ?? "";
  button.addEventListener("click", () => {
    done();
    made.remove();
    /** @type {HTMLElement | null} */ (form.querySelector("textarea, input:not([type=hidden])"))?.focus();
  });
  form.before(made);
  offers.set(form, made);
}

/** @param {Record<string, string[]>} one @param {Record<string, string[]>} other */
function isSame(one, other) {
  return Object.keys({ ...one, ...other }).every((name) => sameLines(one[name]) === sameLines(other[name]));
}

/** @param {string[] | undefined} values */
function sameLines(values) {
  return JSON.stringify(values ?? []).replaceAll("\\r\\n", "\\n");
}

/** @param {Kept} kept */
async function sealed(kept) {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const words = new TextEncoder().encode(JSON.stringify(kept));
  const closed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, /** @type {CryptoKey} */ (await sealing), words);
  return toText(new Uint8Array([...iv, ...new Uint8Array(closed)]));
}

/** None for what an older key sealed: nobody can read it. @param {string | null} held @returns {Promise<Kept | null>} */
async function opened(held) {
  if (!held) return null;
  const bytes = fromText(held.slice(held.indexOf(".") + 1));
  const how = { name: "AES-GCM", iv: bytes.slice(0, IV_BYTES) };
  const words = await crypto.subtle.decrypt(how, /** @type {CryptoKey} */ (await sealing), bytes.slice(IV_BYTES)).catch(() => null);
  return words && JSON.parse(new TextDecoder().decode(words));
}

/** @param {Uint8Array} bytes */
function toText(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** @param {string} text */
function fromText(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function today() {
  return Math.floor(Date.now() / A_DAY);
}

/** @param {(name: string, held: string) => boolean} isOver */
function forgetThose(isOver) {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX) && isOver(name, localStorage.getItem(name) ?? "")) localStorage.removeItem(name);
  }
}

function forgetTheOld() {
  forgetThose((_, held) => Number(held.split(".")[0]) + DAYS < today());
}

function forgetThisPersons() {
  isLeaving = true;
  forgetThose((name) => name.startsWith(`${PREFIX}${person}:`));
}

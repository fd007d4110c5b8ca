/** A page of a workshop without reloads: acts are sent in place, others' acts appear, half-written words are never lost. */

import { ask } from "./asking.js";
import { follow, isHalfMade } from "./live.js";
import { submitPlainly, untilTaken } from "./sending.js";
import { countDown } from "./workshop-timer.js";

/** What the server last said about each part, so that only what changed is touched. */
const said = new Map();

/** @param {HTMLElement} page the part with the address of the live stream */
export function stayInPlace(page) {
  remember(board());
  countDown();
  document.addEventListener("submit", sendInPlace);
  follow(page.dataset.live ?? "", Number(board().dataset.version), look);
}

/** The part of the page that changes. */
export function board() {
  return /** @type {HTMLElement} */ (document.getElementById("board"));
}

/** A newer version than the one on the page: fetch the part that changes. @param {{version: number}} picture */
async function look(picture) {
  if (picture.version > Number(board().dataset.version)) await fetchBoard(location.search);
}

/** @param {string} search */
export async function fetchBoard(search) {
  const query = new URLSearchParams(search);
  query.set("fragment", "1");
  const answer = await ask(`${location.pathname}?${query}`, { headers: { "X-Fragment": "1" } });
  if (answer?.ok) show(await answer.text());
}

/** @param {SubmitEvent} event */
async function sendInPlace(event) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post" || !board().contains(form)) return;
  event.preventDefault();
  delete form.dataset.sent;
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const sent = new FormData(form, event.submitter);
  sent.set("fragment", "1");
  if (!sent.has("operation")) sent.set("operation", crypto.randomUUID()); // so that it counts once, however often it is sent
  const answer = await untilTaken(form.action, { method: "POST", body: sent });
  form.removeAttribute("aria-busy");
  if (!answer) return; // somebody has to sign in; the words stay where they are
  if (!answer.ok && answer.status !== 409 && answer.status !== 422) return submitPlainly(form, event.submitter); // shows what is wrong
  const text = await answer.text();
  if (answer.ok) settle(form);
  show(text);
  if (!answer.ok) showBoth(form.id, text);
  document.getElementById("refusal")?.focus();
}

/** Where somebody else was faster, the form comes back with the words of both. @param {string} id @param {string} text */
export function showBoth(id, text) {
  const both = new DOMParser().parseFromString(text, "text/html").getElementById(id);
  if (both?.querySelector("[data-meanwhile]")) document.getElementById(id)?.replaceWith(both);
}

/** What was sent need not be kept any more. @param {HTMLFormElement} form */
function settle(form) {
  const words = form.querySelector("textarea");
  const stays = form.classList.contains("add-card");
  for (const chosen of form.querySelectorAll("[data-meanwhile]")) chosen.remove();
  form.reset();
  form.closest("details")?.removeAttribute("open");
  if (new URLSearchParams(location.search).has("chosen")) history.replaceState(null, "", location.pathname);
  if (stays && words) {
    form.dataset.settled = "yes";
    words.focus();
  }
}

/** The next card needs a number of its own; the server gives it. @param {HTMLElement} fresh */
function renewNumbers(fresh) {
  for (const form of document.querySelectorAll("form[data-settled]")) {
    const id = CSS.escape(form.getAttribute("id") ?? "");
    const next = /** @type {HTMLInputElement | null} */ (fresh.querySelector(`#${id} [name="operation"]`));
    const number = /** @type {HTMLInputElement | null} */ (form.querySelector('[name="operation"]'));
    if (next && number) number.value = next.value;
    form.removeAttribute("data-settled");
  }
}

/** A late picture of before shows no more than why an act was refused. @param {string} text */
export function show(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("board");
  if (!fresh) return;
  const old = board();
  if (Number(fresh.dataset.version) < Number(old.dataset.version)) return showRefusal(fresh);
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const keys = focused && old.contains(focused) ? keysOf(focused) : [];
  renewNumbers(fresh);
  for (const part of fresh.querySelectorAll("[data-part]")) replace(part);
  for (const list of fresh.querySelectorAll("[data-list]")) arrange(list);
  old.dataset.version = fresh.dataset.version;
  old.dataset.state = fresh.dataset.state;
  if (document.activeElement === document.body) focusFirst(keys);
  countDown();
}

/** @param {HTMLElement} fresh */
function showRefusal(fresh) {
  const said = fresh.querySelector("[data-part=refusal]");
  if (said) replace(said);
}

/** How to find the same control again after its part was replaced, or else one beside it. @param {HTMLElement} element */
function keysOf(element) {
  if (element.id) return [`#${CSS.escape(element.id)}`];
  const home = element.closest("[id]")?.getAttribute("id");
  if (!home) return [];
  const place = `#${CSS.escape(home)}`;
  const value = element.getAttribute("value");
  const same = value ? `${place} [name="${element.getAttribute("name")}"][value="${CSS.escape(value)}"]` : `${place} a`;
  return [same, `${place} button`, place];
}

/** @param {string[]} keys */
function focusFirst(keys) {
  const found = keys.map((key) => /** @type {HTMLElement | null} */ (document.querySelector(key))).find(Boolean);
  found?.focus({ preventScroll: true });
}

/** @param {HTMLElement} root */
function remember(root) {
  for (const part of root.querySelectorAll("[data-part], [data-list] > [id]")) said.set(part.id, part.outerHTML);
}

/** @param {Element} fresh */
function replace(fresh) {
  const old = document.getElementById(fresh.id);
  if (!old || isSame(fresh) || isHalfMade(old)) return;
  said.set(fresh.id, fresh.outerHTML);
  if (old.matches("[role=status]")) sayAnew(old, fresh);
  else old.replaceWith(fresh.cloneNode(true));
}

/** A status stays the same element, so that it is read out. @param {Element} old @param {Element} fresh */
function sayAnew(old, fresh) {
  old.className = fresh.className;
  old.textContent = fresh.textContent;
}

/** The number of the next act and the server's clock differ every time and mean nothing new. @param {Element} fresh */
function isSame(fresh) {
  const plain = (/** @type {string | undefined} */ html) => html?.replace(/name="operation" value="[^"]*"|data-now="[^"]*"/g, "");
  return plain(said.get(fresh.id)) === plain(fresh.outerHTML);
}

/** Brings a list into the server's order, item by item. @param {Element} fresh */
function arrange(fresh) {
  const list = document.getElementById(fresh.id);
  if (!list) return;
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...list.children]) if (!ids.has(item.id) && !isHalfMade(item)) item.remove();
  wanted.forEach((item, place) => {
    const known = document.getElementById(item.id);
    if (known) replace(item);
    const now = document.getElementById(item.id) ?? /** @type {Element} */ (item.cloneNode(true));
    if (!known) said.set(item.id, item.outerHTML);
    if (list.children[place] !== now) list.insertBefore(now, list.children[place] ?? null);
  });
}

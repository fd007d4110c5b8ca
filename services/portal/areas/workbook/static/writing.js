/** Saves passages while they are written, and renews the printed page. Without script every passage has its own Save. */

import { again, ask, isSignedOut } from "./asking.js";

const PAUSE_MS = 1200, AGAIN_MS = 5000;
const desk = /** @type {HTMLElement | null} */ (document.querySelector(".writing"));
const proof = /** @type {HTMLImageElement | null} */ (document.getElementById("proof"));

/** @param {HTMLFormElement} form @param {string} words */
function say(form, words) {
  const place = form.querySelector("[data-saved]");
  if (place) place.textContent = words;
}

/** @param {HTMLFormElement} form @param {string[]} lacks */
function showLacks(form, lacks) {
  const items = lacks.map((lack) => Object.assign(document.createElement("li"), { textContent: lack }));
  form.querySelector("[data-lacks]")?.replaceChildren(...items);
}

/**
 * Both texts are kept on the server; the next step is to look at them.
 * @param {HTMLFormElement} form @param {{ detail: string, compare: string }} told
 */
function offerComparison(form, { detail, compare }) {
  form.dataset.stopped = "yes";
  const link = Object.assign(document.createElement("a"), { href: compare, textContent: desk?.dataset.compare });
  const place = form.querySelector("[data-saved]");
  place?.replaceChildren(detail + " ", link);
}

function renewProof() {
  if (!proof) return;
  const address = new URL(proof.src);
  address.searchParams.set("v", String(Date.now()));
  proof.classList.add("is-renewing");
  proof.addEventListener("load", () => proof.classList.remove("is-renewing"), { once: true });
  proof.src = address.href;
}

/** One save at a time a passage; what was typed meanwhile is saved right after. */
class Autosave {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.isSaving = false;
    this.isBehind = false;
    form.addEventListener("input", () => this.soon(PAUSE_MS));
    form.addEventListener("change", (event) => event.target instanceof HTMLInputElement && event.target.type === "file" && form.requestSubmit());
  }

  /** @param {number} pause */
  soon(pause) {
    clearTimeout(this.timer);
    this.isBehind = true;
    this.timer = setTimeout(() => this.save(), pause);
  }

  async save() {
    if (this.isSaving || this.form.dataset.stopped) return;
    this.isSaving = true;
    this.isBehind = false;
    say(this.form, desk?.dataset.saving ?? "");
    await this.send();
    this.isSaving = false;
    if (this.isBehind && !isSignedOut()) this.soon(PAUSE_MS);
  }

  /** For the line, which is tried again and again, or for somebody to sign in, who is not asked again and again. */
  waits() {
    say(this.form, desk?.dataset.offline ?? "");
    this.isBehind = true;
    if (!isSignedOut()) this.soon(AGAIN_MS);
  }

  async send() {
    const body = new FormData(this.form);
    body.delete("file");
    const answer = await ask(this.form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (!answer) return this.waits();
    const told = await answer.json();
    if (answer.status === 409 && told.compare) return offerComparison(this.form, told);
    if (!answer.ok) return say(this.form, told.detail);
    const base = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("base_revision"));
    const isNew = base.value !== String(told.revision);
    base.value = told.revision;
    showLacks(this.form, told.lacks);
    say(this.form, desk?.dataset.saved ?? "");
    if (isNew) renewProof();
  }
}

const autosaves = [...document.querySelectorAll("form[data-autosave]")].map((form) => new Autosave(/** @type {HTMLFormElement} */ (form)));

again(() => autosaves.filter((each) => each.isBehind).forEach((each) => each.soon(0)));

/** Leaving with something unsaved asks first. */
window.addEventListener("beforeunload", (event) => {
  if (autosaves.some((each) => (each.isBehind || each.isSaving) && !each.form.dataset.sent)) event.preventDefault();
});

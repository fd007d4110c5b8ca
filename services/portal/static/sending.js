/** Sends forms: once, and only when somebody is there to take them. What cannot go out now waits on the page, and goes by itself. */

import { ask, isLineThere, isSignedOut } from "./asking.js";

const LOOK_MS = 5000;
const place = document.querySelector(".flashes");
const words = /** @type {HTMLTemplateElement | null} */ (document.getElementById("sending-words"))?.dataset ?? {};
let waiting = /** @type {HTMLElement | null} */ (null);

/** After everybody else: who sends in place has taken the act by then. */
window.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method === "get" || form.target) return;
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "yes"; // an impatient second press sends nothing twice
  send(form, event.submitter);
});

/** Coming back by the back button, a form may be sent again, as another act. */
window.addEventListener("pageshow", (event) => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    if (event.persisted) isAnotherAct(form);
  }
});

/** What is written next into a form that was sent is no repetition. @param {HTMLFormElement} form */
export function isAnotherAct(form) {
  const key = form.querySelector("input[name=once]");
  if (key instanceof HTMLInputElement) key.value = crypto.randomUUID();
}

/** @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function send(form, submitter) {
  while (!(await isLineThere())) await nextLook();
  isBack();
  submitPlainly(form, submitter);
}

/** Says that it waits, and waits for the line or a while. */
function nextLook() {
  if (!waiting) {
    waiting = Object.assign(document.createElement("p"), { className: "notice wait", id: "waiting", textContent: words.waits ?? "" });
    place?.append(waiting);
    waiting.scrollIntoView({ block: "nearest" });
  }
  return new Promise((look) => {
    const timer = setTimeout(look, LOOK_MS);
    window.addEventListener("online", () => (clearTimeout(timer), look(undefined)), { once: true });
  });
}

/**
 * For those who send in place: again and again until it has arrived; so the act needs a number by which it counts once.
 * @param {string} address @param {RequestInit} options with a signal, if a later act can take the place of this one
 * @returns {Promise<Response | null>} null where somebody has to sign in first, or something else is sent instead
 */
export async function untilTaken(address, options) {
  for (;;) {
    const answer = await ask(address, options);
    if (options.signal?.aborted) return null;
    if (answer || isSignedOut()) {
      isBack();
      return answer;
    }
    await nextLook();
    if (options.signal?.aborted) return null;
  }
}

function isBack() {
  waiting?.remove();
  waiting = null;
}

/** As the browser would have: with the name, the value and the address of the button that was pressed. @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
export function submitPlainly(form, submitter) {
  if (submitter instanceof HTMLButtonElement && submitter.name) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
  }
  const address = submitter?.getAttribute("formaction");
  if (address) form.action = address;
  form.dispatchEvent(new Event("leaves", { bubbles: true }));
  HTMLFormElement.prototype.submit.call(form);
}

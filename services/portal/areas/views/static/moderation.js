/** Moderating by keyboard: one view after the other, a key a decision. */

const views = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("article.moderated")]);
const DECISIONS = new Map([["1", "accept"], ["2", "reject"], ["0", "later"]]);

for (const line of document.querySelectorAll(".keys")) line.removeAttribute("hidden");

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLElement && event.target.matches("input:not([type=radio]), select, textarea");
  if (!views.length || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = views.findIndex((view) => view.contains(document.activeElement));
  const decision = DECISIONS.get(event.key);
  if (decision && at >= 0) decide(views[at], decision, at);
  else if (event.key === "ArrowDown" && !isRadio(event.target)) move(at + 1, event);
  else if (event.key === "ArrowUp" && !isRadio(event.target)) move(at - 1, event);
});

/** @param {EventTarget | null} target */
function isRadio(target) {
  return target instanceof HTMLInputElement && target.type === "radio";
}

/**
 * Chooses, and goes to what comes next: the reason, or the next view.
 * @param {HTMLElement} view
 * @param {string} decision
 * @param {number} at
 */
function decide(view, decision, at) {
  const choice = /** @type {HTMLInputElement | null} */ (view.querySelector(`input[value="${decision}"]`));
  if (!choice) return;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  if (decision === "reject") view.querySelector("select")?.focus();
  else (views[at + 1] ?? document.querySelector("#moderate-views button"))?.focus();
}

/**
 * @param {number} to
 * @param {KeyboardEvent} event
 */
function move(to, event) {
  const next = views[Math.max(0, Math.min(to, views.length - 1))];
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** What every page gains from script; without it everything still works. */

/** A refusal is read out and seen at once, also on a long page. */
document.getElementById("refusal")?.focus();

/** An impatient second click sends nothing twice. */
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.method === "get") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

/** Coming back by the back button, a form may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

/** What scrolls sideways can be scrolled by keyboard too. */
const wide = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});
for (const table of document.querySelectorAll(".table, .tabs")) wide.observe(table);

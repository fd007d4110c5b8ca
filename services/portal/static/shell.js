/** What every page gains from script; without it everything still works. */

/** A refusal is read out and seen at once, also on a long page. */
/** @type {HTMLElement | null} */ (document.querySelector("#refusal, main [aria-invalid=true]"))?.focus();

/** What scrolls sideways can be scrolled by keyboard too. */
const wide = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});
for (const table of document.querySelectorAll(".table, .tabs")) wide.observe(table);

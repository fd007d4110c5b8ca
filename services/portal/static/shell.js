/** What every page gains from script; without it everything still works. */

/** A page that answers a form stands where the form was: loading it again, or bringing its tab back, sends nothing a second time. */
const { cameFrom } = document.body.dataset;
if (cameFrom) history.replaceState(null, "", cameFrom);

/** What is wrong is read out and seen at once, also on a long page: at the first field of which it is known, else as the refusal says.
    What only shows how a mistake looks (/style) is none. */
const wrong = document.querySelector("main :is([data-wrong], [aria-invalid=true]):not(.shown-piece *)") ?? document.getElementById("refusal");
if (wrong instanceof HTMLElement) wrong.focus();

/** On paper a long text is whole, also where a box does not grow with it by itself. */
window.addEventListener("beforeprint", () => {
  for (const box of document.querySelectorAll("textarea")) box.style.minHeight = `${box.scrollHeight}px`;
});

/** What scrolls sideways can be scrolled by keyboard too. */
const wide = new ResizeObserver((seen) => {
  for (const { target } of seen) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});
for (const table of document.querySelectorAll(".table, .tabs")) wide.observe(table);

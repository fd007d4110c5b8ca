/** The shared timer: the server says when it ends and what time it is; the difference of the clocks does not matter. */

let ticking = 0;

/** Starts to count down wherever the page shows a timer; to be called again when the page has changed. */
export function countDown() {
  for (const timer of document.querySelectorAll(".timer[data-ends]")) begin(/** @type {HTMLElement} */ (timer));
  if (!ticking) ticking = window.setInterval(tick, 1000);
  tick();
}

/** @param {HTMLElement} timer */
function begin(timer) {
  if (timer.dataset.endsHere) return;
  const left = Date.parse(timer.dataset.ends ?? "") - Date.parse(timer.dataset.now ?? "");
  timer.dataset.endsHere = String(Date.now() + left);
}

function tick() {
  for (const timer of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".timer[data-ends-here]"))) {
    const seconds = Math.round((Number(timer.dataset.endsHere) - Date.now()) / 1000);
    const left = timer.querySelector(".left");
    if (left) left.textContent = words(Math.max(0, seconds));
    timer.classList.toggle("over", seconds <= 0);
  }
}

/** @param {number} seconds */
function words(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The host's console follows its event: what changed elsewhere is drawn anew, what the host is writing stays. */

import { ask } from "./asking.js";
import { follow, isHalfMade } from "./live.js";

const page = document.getElementById("console");
let waiting = false;

if (page) follow(page.dataset.stream ?? "", Number(page.dataset.version), redraw);

async function redraw() {
  if (waiting) return;
  waiting = true;
  const answer = await ask(location.pathname, { headers: { Accept: "text/html" } });
  waiting = false;
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const region of document.querySelectorAll("[data-region]")) replace(/** @type {HTMLElement} */ (region), fresh);
}

/** A region in which somebody is typing waits for the next change. @param {HTMLElement} region @param {Document} fresh */
function replace(region, fresh) {
  const next = fresh.querySelector(`[data-region="${region.dataset.region}"]`);
  if (isHalfMade(region) || !next) return;
  const focused = /** @type {HTMLElement | null} */ (region.querySelector(":focus"));
  const open = [...region.querySelectorAll("details[id]")].map((each) => [each.id, /** @type {HTMLDetailsElement} */ (each).open]);
  region.replaceChildren(...next.childNodes);
  for (const [id, isOpen] of open) document.getElementById(String(id))?.toggleAttribute("open", Boolean(isOpen));
  const again = focused?.closest("form")?.id;
  if (again) /** @type {HTMLElement | null} */ (document.querySelector(`#${CSS.escape(again)} button`))?.focus();
}

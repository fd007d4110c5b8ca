/** The board: choosing where a card goes, dragging as an extra, and the lobby before there is a board. */

import { follow } from "./live.js";
import { untilTaken } from "./sending.js";
import { fetchBoard, show, stayInPlace } from "./workshop-page.js";

const page = document.getElementById("board-page");
const lobby = document.getElementById("lobby");

if (page) {
  stayInPlace(page);
  document.addEventListener("click", choose);
  enableDragging();
}
if (lobby) follow(lobby.dataset.live ?? "", 0, reloadWithGroups);

/** As soon as there are groups, everybody has a board. @param {{ version: number, groups: unknown[] }} picture */
function reloadWithGroups(picture) {
  if (picture.groups.length) location.reload();
}

/** "Move or join" without a reload. @param {MouseEvent} event */
async function choose(event) {
  const link = /** @type {HTMLElement} */ (event.target).closest("a[data-choose]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const address = new URL(/** @type {HTMLAnchorElement} */ (link).href);
  history.replaceState(null, "", address.pathname + address.search);
  await fetchBoard(address.search);
  (document.getElementById("choosing") ?? document.getElementById(address.hash.slice(1)))?.scrollIntoView({ block: "nearest" });
  const first = /** @type {HTMLElement | null} */ (document.querySelector("#part-chosen a, [data-part=target] button"));
  first?.focus();
}

/** Dragging is an extra: everything works without it. */
function enableDragging() {
  /** @type {string | null} */
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    const card = /** @type {HTMLElement} */ (event.target).closest?.("[data-card][draggable]");
    dragged = card?.getAttribute("data-card") ?? null;
    if (dragged) event.dataTransfer?.setData("text/plain", card?.textContent?.trim() ?? "");
  });
  document.addEventListener("dragover", (event) => {
    const column = columnUnder(event);
    for (const one of document.querySelectorAll(".board-column.over")) one.classList.toggle("over", one === column);
    if (!dragged || !column) return;
    event.preventDefault();
    column.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    const column = columnUnder(event);
    if (!dragged || !column) return;
    event.preventDefault();
    column.classList.remove("over");
    drop(dragged, column, cardUnder(event, dragged));
    dragged = null;
  });
}

/** @param {Event} event */
function columnUnder(event) {
  return /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (event.target).closest?.("[data-column]"));
}

/** @param {Event} event @param {string} dragged */
function cardUnder(event, dragged) {
  const card = /** @type {HTMLElement} */ (event.target).closest?.("[data-card]")?.getAttribute("data-card");
  return card && card !== dragged ? card : null;
}

/** @param {string} card @param {HTMLElement} column @param {string | null} before */
async function drop(card, column, before) {
  const sent = new FormData();
  const once = { operation: crypto.randomUUID(), fragment: "1" };
  const told = { act: "move", card, column: column.dataset.column ?? "", ...once, ...(before && { before }) };
  for (const [name, value] of Object.entries(told)) sent.set(name, value);
  const answer = await untilTaken(location.pathname, { method: "POST", body: sent });
  if (answer) show(await answer.text());
}

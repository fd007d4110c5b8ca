/** Copies a value that is to be entered elsewhere: a button names it by `data-copies`, and says beside itself that it is done. */

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-copies]"))) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => copy(button));
}

/** @param {HTMLButtonElement} button */
async function copy(button) {
  const value = document.getElementById(button.dataset.copies ?? "");
  const beside = button.nextElementSibling;
  if (!value || !beside) return;
  await navigator.clipboard.writeText(value.textContent ?? "");
  beside.textContent = button.dataset.done ?? "";
}

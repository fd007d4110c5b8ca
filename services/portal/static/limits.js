/** Says at once, beside its field, that a file is too large. Without script the portal says it. */

/** Before anybody else hears of the choice: who sends a file as soon as it is chosen sends none that is refused. */
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLInputElement && field.dataset.mostBytes) weigh(field);
}, true);

/** @param {HTMLInputElement} field */
function weigh(field) {
  const most = Number(field.dataset.mostBytes);
  const isTooLarge = [...(field.files ?? [])].some((file) => file.size > most);
  say(field, isTooLarge ? field.dataset.tooLarge ?? "" : "");
}

/** The sentence in a place of its own behind the field; the form is not sent with it. @param {HTMLInputElement} field @param {string} sentence */
function say(field, sentence) {
  field.setCustomValidity(sentence);
  placeAfter(field).textContent = sentence;
}

/** @param {HTMLInputElement} field */
function placeAfter(field) {
  const next = field.nextElementSibling;
  if (next?.matches("[data-said]")) return next;
  const made = Object.assign(document.createElement("p"), { className: "wrong", role: "alert" });
  made.dataset.said = "";
  field.after(made);
  return made;
}

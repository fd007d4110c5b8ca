/** The wall follows the host: a poll, the questions most wanted, or quiet. */

import { element, follow, inFives, inMyLanguage, piece, results } from "./live.js";

/** @import { Poll, Question, Screen } from "./live.js" */

const event = document.getElementById("event");
const wall = /** @type {HTMLElement} */ (document.getElementById("wall"));
const MOST_QUESTIONS = 5;

if (event) follow(event.dataset.stream ?? "", 0, show);

/** @param {Screen} picture */
function show(picture) {
  wall.replaceChildren(picture.state === "over" ? piece("piece-over") : picture.poll ? pollOn(picture.poll) : quiet(picture));
  wall.parentElement?.classList.toggle("with-questions", picture.on_stage === "questions");
  document.querySelector("#wall-questions ol")?.replaceChildren(...mostWanted(picture.questions));
}

/** @param {Poll} poll */
function pollOn(poll) {
  const [words, lang] = inMyLanguage(poll.words);
  const made = element("section", {}, element("h2", { class: "stage-asked", lang }, words));
  if (poll.is_revealed) made.append(results(poll));
  else {
    const count = piece("piece-count");
    /** @type {HTMLElement} */ (count.querySelector(".number")).textContent = inFives(poll);
    made.append(count);
  }
  return made;
}

/** @param {Screen} picture */
function quiet(picture) {
  return picture.on_stage === "questions" ? document.createDocumentFragment() : piece("piece-pause");
}

/** @param {Question[]} questions */
function mostWanted(questions) {
  return questions.filter((question) => question.state === "shown").slice(0, MOST_QUESTIONS).map((question) =>
    element("li", {}, element("span", { class: "number" }, `▲ ${question.upvotes}`), " ", element("span", { class: "voice", lang: question.language }, question.words)));
}

/** The event page: the one active thing follows the host; what one writes is never lost. */

import { element, follow, inFives, inMyLanguage, piece, results } from "./live.js";
import { isAnotherAct, untilTaken } from "./sending.js";

/** @import { Poll, Question, Screen } from "./live.js" */

const event = document.getElementById("event");
const stage = document.getElementById("stage");
const now = document.getElementById("now");
const list = document.getElementById("questions");
/** The sending of each form that counts: whoever chooses anew while one waits for the line means the later. @type {Map<string, AbortController>} */
const latest = new Map();

if (event) {
  document.addEventListener("submit", sendInPlace);
  document.addEventListener("change", answerAtOnce);
  if (event.dataset.stream) follow(event.dataset.stream, Number(event.dataset.version), show);
}

/** @param {Screen} picture */
function show(picture) {
  document.getElementById("begun")?.toggleAttribute("hidden", event?.dataset.state === "on_air" || picture.state !== "on_air");
  document.getElementById("ended")?.toggleAttribute("hidden", picture.state !== "over");
  if (stage) showStage(picture);
  if (list) showQuestions(picture.questions);
}

/** @param {Screen} picture */
function showStage(picture) {
  const poll = picture.poll;
  const wanted = poll ? `${poll.id}:${poll.state}` : picture.on_stage;
  if (wanted !== now?.dataset.standing) {
    const form = poll && stage?.querySelector("form");
    const typed = form && form.id === `poll-${poll.id}` ? new FormData(form) : null;
    stage?.replaceChildren(poll ? pollPiece(poll) : piece(`piece-${picture.on_stage}`));
    if (typed) putBack(typed);
    if (now) now.dataset.standing = wanted;
  }
  if (poll) showCounts(poll);
}

/** @param {Poll} poll */
function pollPiece(poll) {
  const made = piece("piece-poll");
  const [question, language] = inMyLanguage(poll.words);
  const title = /** @type {HTMLElement} */ (made.querySelector(".asked"));
  title.textContent = question;
  title.lang = language;
  const form = made.querySelector("form"); // none for whoever only reads along
  if (form && poll.state === "open") fill(form, poll, question);
  else form?.remove();
  made.querySelector(".closed")?.toggleAttribute("hidden", poll.state === "open");
  return made;
}

/** @param {HTMLFormElement} form @param {Poll} poll @param {string} question */
function fill(form, poll, question) {
  const template = /** @type {HTMLElement} */ (document.getElementById("piece-poll"));
  form.id = `poll-${poll.id}`;
  form.dataset.kind = poll.kind;
  form.action = (template.dataset.action ?? "").replace("ID", poll.id);
  const fields = /** @type {HTMLElement} */ (form.querySelector("fieldset"));
  /** @type {HTMLElement} */ (fields.querySelector("legend")).textContent = question;
  if (poll.kind === "words") fields.append(piece("piece-words"));
  else fields.append(choices(poll), ...ends(poll));
}

/** @param {Poll} poll */
function choices(poll) {
  const place = element("div", { class: poll.kind === "scale" ? "choices scale" : "choices down" });
  const values = poll.kind === "scale" ? range(1, poll.steps) : range(0, poll.options.length - 1);
  for (const value of values) {
    const [text, language] = poll.kind === "scale" ? [String(value), ""] : inMyLanguage(poll.options[value]);
    const radio = element("input", { type: "radio", name: "value", value: String(value), required: "" });
    place.append(element("label", language ? { lang: language } : {}, radio, ` ${text}`));
  }
  return place;
}

/** @param {Poll} poll */
function ends(poll) {
  if (poll.kind !== "scale" || !poll.options.length) return [];
  const [low, high] = poll.options.map((words) => inMyLanguage(words)[0]);
  return [element("p", { class: "row apart small soft ends" }, element("span", {}, `1 = ${low}`), element("span", {}, `${poll.steps} = ${high}`))];
}

/** @param {number} first @param {number} last */
function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, nr) => first + nr);
}

/** A poll that is redrawn keeps what one had chosen. @param {FormData} typed */
function putBack(typed) {
  const fields = [...(stage?.querySelectorAll("input") ?? [])];
  const words = typed.getAll("word");
  for (const field of fields) {
    if (field.type === "radio") field.checked = field.value === typed.get("value");
    else field.value = String(words.shift() ?? "");
  }
}

/** @param {Poll} poll */
function showCounts(poll) {
  const answered = /** @type {HTMLElement | null} */ (stage?.querySelector(".answered"));
  let place = /** @type {HTMLElement | null} */ (stage?.querySelector(".results"));
  if (!place) {
    place = element("div", { class: "results" });
    stage?.append(place);
  }
  place.hidden = !poll.is_revealed;
  place.replaceChildren(...(poll.is_revealed ? [results(poll)] : []));
  if (answered) answered.textContent = poll.withheld ? "" : poll.is_revealed ? counted(poll.answers) : `${answersOf(poll)} · ${wordsOfPoll().hidden}`;
}

function wordsOfPoll() {
  const place = /** @type {HTMLTemplateElement} */ (document.getElementById("piece-poll")).content.querySelector(".answered");
  return /** @type {HTMLElement} */ (place).dataset;
}

/** @param {Poll} poll */
function answersOf(poll) {
  const isExact = poll.state !== "open" && poll.answers;
  return isExact ? counted(poll.answers) : (wordsOfPoll().range ?? "").replace("0–4", inFives(poll));
}

/** @param {number} answers at least five */
function counted(answers) {
  return (wordsOfPoll().many ?? "").replace(/\d+/, answers.toLocaleString(document.documentElement.lang));
}

/** Counts change at once; the order only when nobody has a finger on the list. @param {Question[]} questions */
function showQuestions(questions) {
  const items = questions.map(questionItem);
  const known = new Set(items);
  for (const old of [...(list?.children ?? [])]) if (!known.has(/** @type {HTMLElement} */ (old))) old.remove();
  const inUse = list?.matches(":hover, :focus-within");
  for (const [place, item] of items.entries()) {
    if (!item.parentElement) list?.append(item);
    if (!inUse && list?.children[place] !== item) list?.insertBefore(item, list.children[place]);
  }
  document.getElementById("no-questions")?.toggleAttribute("hidden", questions.length > 0);
}

/** @param {Question} question */
function questionItem(question) {
  const item = document.getElementById(`question-${question.id}`) ?? newQuestion(question);
  /** @type {HTMLElement} */ (item.querySelector(".count")).textContent = String(question.upvotes);
  /** @type {HTMLButtonElement} */ (item.querySelector(".lift")).disabled = question.state !== "shown" || event?.dataset.onlyReading !== undefined;
  item.querySelector("[data-answered]")?.toggleAttribute("hidden", question.state !== "answered");
  const reply = /** @type {HTMLElement} */ (item.querySelector(".reply"));
  reply.textContent = question.reply;
  reply.hidden = !question.reply;
  return item;
}

/** @param {Question} question */
function newQuestion(question) {
  const template = /** @type {HTMLElement} */ (document.getElementById("piece-question"));
  const item = /** @type {HTMLElement} */ (piece("piece-question").firstElementChild);
  item.id = `question-${question.id}`;
  const form = /** @type {HTMLFormElement} */ (item.querySelector("form"));
  form.action = (template.dataset.action ?? "").replace("ID", question.id);
  form.id = `upvote-${question.id}`;
  const words = /** @type {HTMLElement} */ (item.querySelector(".question-words"));
  words.textContent = question.words;
  words.lang = question.language;
  return item;
}

/** Questions, upvotes and answers go up without leaving the page. @param {SubmitEvent} submitted */
async function sendInPlace(submitted) {
  const form = /** @type {HTMLFormElement} */ (submitted.target);
  const act = form.id === "ask" ? asked : form.id.startsWith("upvote-") ? lifted : form.dataset.kind ? answered : null;
  if (!act) return;
  submitted.preventDefault();
  const body = new FormData(form, submitted.submitter);
  latest.get(form.action)?.abort();
  const sending = new AbortController();
  latest.set(form.action, sending);
  const answer = await untilTaken(form.action, { method: "POST", body, headers: { Accept: "application/json" }, signal: sending.signal });
  if (sending.signal.aborted) return;
  const said = answer && answer.status !== 204 ? await answer.json().catch(() => ({})) : {};
  act(form, answer?.ok ?? false, said.sentence ?? (answer ? "" : document.getElementById("line")?.dataset.lost));
}

/** @param {Event} changed */
function answerAtOnce(changed) {
  const field = /** @type {HTMLInputElement} */ (changed.target);
  if (field.type === "radio" && field.form?.dataset.kind) field.form.requestSubmit();
}

/** @param {HTMLFormElement} form @param {boolean} isDone @param {string | undefined} sentence */
function asked(form, isDone, sentence) {
  /** @type {HTMLElement} */ (document.getElementById("asked")).textContent = sentence ?? "";
  if (!isDone) return;
  form.reset();
  isAnotherAct(form);
}

/** @param {HTMLFormElement} form @param {boolean} isDone @param {string | undefined} sentence */
function lifted(form, isDone, sentence) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector(".lift"));
  if (!isDone) button.title = sentence ?? "";
  if (!isDone) return;
  const given = button.value === "give";
  button.value = given ? "take" : "give";
  button.setAttribute("aria-pressed", String(given));
}

/** @param {HTMLFormElement} form @param {boolean} isDone @param {string | undefined} sentence */
function answered(form, isDone, sentence) {
  const place = /** @type {HTMLElement} */ (form.querySelector(".given"));
  const words = /** @type {HTMLTemplateElement} */ (document.getElementById("piece-poll")).content.querySelector(".given");
  place.textContent = isDone ? (/** @type {HTMLElement} */ (words).dataset.in ?? "") : (sentence ?? "");
}

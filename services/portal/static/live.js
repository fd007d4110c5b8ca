/** Follows a live stream, and says politely when the line is lost. */

import { isChanged, isField, isTicked } from "./fields.js";

/** @typedef {Record<string, string>} Words a text in each of its languages */
/** @typedef {{ value: number, count: number }} Bar */
/** @typedef {{ word: string, count: number }} CountedWord */
/**
 * @typedef {object} Poll as services/townhall/screens.py shows it
 * @property {string} id
 * @property {"choice" | "scale" | "words"} kind
 * @property {Words} words
 * @property {Words[]} options of a choice; of a scale the words at its two ends, or none
 * @property {number} steps
 * @property {string} state
 * @property {boolean} is_revealed
 * @property {number} answers
 * @property {boolean} [withheld]
 * @property {Bar[]} [bars]
 * @property {CountedWord[]} [cloud]
 */
/** @typedef {{ id: string, words: string, language: string, state: string, reply: string, upvotes: number }} Question */
/** @typedef {{ version: number, state: string, on_stage: string, poll: Poll | null, questions: Question[] }} Screen an event on everybody's screens */

const SAID_AFTER = 6000; // a line that is back at once is not worth a word
const SILENCE = 40_000; // the stream beats every 15 seconds
const GIVE_UP_AFTER = 5;
const LONGEST_PAUSE = 20_000;

/**
 * Calls `show` with every new picture, the newest only.
 * @template {{ version: number }} Picture
 * @param {string} address where the stream is
 * @param {number} seen the version that the page already shows
 * @param {(picture: Picture) => void} show
 */
export function follow(address, seen, show) {
  const line = new Line();
  let version = seen;
  let failures = 0;
  let heard = Date.now();
  /** @type {EventSource} */
  let source;

  const open = () => {
    source?.close();
    heard = Date.now();
    source = new EventSource(`${address}&seen=${version}`, { withCredentials: true });
    source.onopen = () => {
      failures = 0;
      heard = Date.now();
      line.isBack();
    };
    source.onmessage = (event) => {
      heard = Date.now();
      const picture = /** @type {Picture} */ (JSON.parse(event.data));
      if (picture.version < version) return; // a late one
      version = picture.version;
      show(picture);
    };
    source.addEventListener("beat", () => (heard = Date.now()));
    source.onerror = () => {
      line.isLost(failures >= GIVE_UP_AFTER);
      if (source.readyState === EventSource.CLOSED) again();
    };
  };

  const again = () => {
    failures += 1;
    const pause = Math.min(1000 * 2 ** failures, LONGEST_PAUSE);
    setTimeout(open, pause * (0.5 + Math.random()));
  };

  const check = () => {
    if (Date.now() - heard > SILENCE) open();
  };
  setInterval(check, SILENCE / 4);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && check());
  window.addEventListener("online", open);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && open());
  open();
}

/** The sentence about the line: `#line` with its words in three data attributes, and `#reload` as the way out. */
class Line {
  place = document.getElementById("line");
  reload = document.getElementById("reload");
  timer = 0;
  isSaid = false;

  /** @param {boolean} givenUp */
  isLost(givenUp) {
    if (givenUp) this.giveUp();
    else if (!this.timer && !this.isSaid) this.timer = window.setTimeout(() => this.say("lost", true), SAID_AFTER);
  }

  isBack() {
    clearTimeout(this.timer);
    this.timer = 0;
    if (this.isSaid) this.say("back", false);
    if (this.reload) this.reload.hidden = true;
  }

  giveUp() {
    clearTimeout(this.timer);
    this.say("givenUp", true);
    if (this.reload) this.reload.hidden = false;
  }

  /** @param {string} word @param {boolean} isTrouble */
  say(word, isTrouble) {
    this.isSaid = isTrouble;
    if (!this.place) return;
    this.place.textContent = this.place.dataset[word] ?? "";
    this.place.classList.toggle("lost", isTrouble);
  }
}

/** What was written in the page's language, else in the first other one. @param {Record<string, string>} words @returns {[string, string]} */
export function inMyLanguage(words) {
  const wanted = document.documentElement.lang;
  const language = words[wanted] ? wanted : Object.keys(words)[0] ?? wanted;
  return [words[language] ?? "", language];
}

/**
 * Whether somebody types or chooses in this part just now, or has and not sent it, or has two texts to choose from: what the server
 * says meanwhile waits.
 * @param {Element} part
 */
export function isHalfMade(part) {
  const fields = [...part.querySelectorAll("textarea, select, input:not([type=hidden])")].filter(isField);
  return part.querySelector("[data-meanwhile]") !== null || fields.some((field) => isChanged(field) || (field === document.activeElement && !isTicked(field)));
}

/** @param {string} id @returns {DocumentFragment} */
export function piece(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true));
}

/** @param {string} tag @param {Record<string, string>} [attributes] @param {...(Node|string)} inside */
export function element(tag, attributes = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

/** How many have answered, which is told in fives while more may come. @param {Poll} poll */
export function inFives(poll) {
  return poll.state === "open" || !poll.answers ? `${poll.answers}–${poll.answers + 4}` : numbers.format(poll.answers);
}

const numbers = new Intl.NumberFormat(document.documentElement.lang);
const shares = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });

/** The bars or the words of a poll, as parts/hall.html writes them. @param {Poll} poll @returns {Node} */
export function results(poll) {
  if (poll.withheld) return piece("piece-withheld");
  return poll.kind === "words" ? cloud(poll) : bars(poll);
}

/** @param {Poll} poll */
function bars(poll) {
  const all = poll.answers || 1;
  const list = element("ul", { class: "bars" });
  for (const bar of poll.bars ?? []) {
    const share = element("span", { class: "soft" }, ` · ${shares.format(bar.count / all)}`);
    list.append(
      element("li", {}, element("span", { class: "bar-label" }, label(poll, bar.value)),
        element("progress", { value: String(bar.count), max: String(all), "aria-hidden": "true" }),
        element("span", { class: "number bar-count" }, numbers.format(bar.count), share)),
    );
  }
  return list;
}

/** @param {Poll} poll @param {number} value */
function label(poll, value) {
  if (poll.kind === "choice") return inMyLanguage(poll.options[value])[0];
  const end = { 1: poll.options[0], [poll.steps]: poll.options[1] }[value];
  return end ? `${value} – ${inMyLanguage(end)[0]}` : String(value);
}

/** @param {Poll} poll */
function cloud(poll) {
  const words = poll.cloud ?? [];
  const most = Math.max(1, ...words.map((each) => each.count));
  const list = element("ul", { class: "cloud" });
  for (const each of words) {
    const size = Math.ceil((4 * each.count) / most);
    list.append(element("li", { class: `size-${size}` }, element("span", { class: "voice" }, each.word), " ",
      element("span", { class: "small soft number" }, numbers.format(each.count))));
  }
  return list;
}

/**
 * Asks a page of ours from script. Where the session has ended it says so once, with the way back in; where the line is gone nothing is
 * said here. When either is back, `again` tells those who had something to send.
 */

const BACK_IN = "signed-in";
const LINE_BACK = "line-back";
const LOOK_MS = 5000;
const PATIENCE_MS = 4000;
const place = document.querySelector(".flashes");
const { person } = document.body.dataset;
const tabs = new BroadcastChannel(BACK_IN);
/** Whose session has ended is nobody to the server, which would speak as the browser does. */
const spoken = { "Accept-Language": document.documentElement.lang };
let banner = /** @type {HTMLElement | null} */ (null);
let nextLook = 0;

if (person) tabs.postMessage(person);
tabs.addEventListener("message", (event) => banner && event.data === person && isBackIn());

/** Whether nothing can be sent until somebody has signed in. */
export function isSignedOut() {
  return banner !== null;
}

/**
 * @param {string} address @param {RequestInit} [options]
 * @returns {Promise<Response | null>} null where nothing arrived, or nobody is signed in any more
 */
export async function ask(address, options = {}) {
  if (banner) return null;
  const answer = await fetch(address, { ...options, headers: { ...options.headers, ...spoken } }).catch(() => null);
  if (!answer && !options.signal?.aborted) lookForTheLine();
  if (answer?.status !== 401) return answer;
  signedOut(await answer.json());
  return null;
}

/** @param {() => void} act what to do again when the line is back, or the person is */
export function again(act) {
  for (const event of [BACK_IN, LINE_BACK, "online"]) window.addEventListener(event, act);
}

/** Asked of the server itself: a device may have a net and no line to us. */
export async function isLineThere() {
  if (!navigator.onLine) return false;
  const asked = { cache: /** @type {RequestCache} */ ("no-store"), signal: AbortSignal.timeout(PATIENCE_MS) };
  return (await fetch("/healthz", asked).catch(() => null))?.ok ?? false;
}

function lookForTheLine() {
  nextLook ||= window.setTimeout(async () => {
    nextLook = 0;
    if (await isLineThere()) window.dispatchEvent(new Event(LINE_BACK));
    else lookForTheLine();
  }, LOOK_MS);
}

/** In a tab of its own: this one has the words. @param {{ detail: string, sign_in: string, action: string }} told */
function signedOut({ detail, sign_in, action }) {
  if (banner) return;
  const link = Object.assign(document.createElement("a"), { href: sign_in, target: "_blank", textContent: action });
  banner = Object.assign(document.createElement("p"), { className: "notice stop", id: "signed-out" });
  banner.append(`${detail} `, link);
  place?.append(banner);
}

function isBackIn() {
  banner?.remove();
  banner = null;
  window.dispatchEvent(new Event(BACK_IN));
}

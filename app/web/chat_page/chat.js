// The chat's page. What is written here is kept here until the server has it; what the server has is read from its
// stream of events, own messages too, so a reload, a second tab and a lost connection all show the same dialogue.
"use strict";

const WORDS = JSON.parse(document.getElementById("words").textContent);
const EMBEDDED = document.body.classList.contains("embedded");
const SILENCE_MS = 40_000; // the server speaks every 15 s
const MOST_BACKOFF_MS = 8_000;
const TYPING_MS = 9_000;
const HAS_KEYBOARD = matchMedia("(hover: hover)").matches; // elsewhere one would spring up over the dialogue
const $ = (id) => document.getElementById(id);

// --- what survives a reload; a frame may be refused storage, then it lives as long as the page -----------------------
const memory = {};
const kept = {
  get(name, otherwise) {
    try {
      const text = localStorage.getItem("otklik." + name);
      return text === null ? (memory[name] ?? otherwise) : JSON.parse(text);
    } catch { return memory[name] ?? otherwise; }
  },
  set(name, value) {
    memory[name] = value;
    try { localStorage.setItem("otklik." + name, JSON.stringify(value)); } catch { /* refused or full: memory has it */ }
  },
};

const sleep = (ms, signal) => new Promise((done) => {
  const timer = setTimeout(done, ms);
  signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
});
const backoff = (tries) => Math.min(MOST_BACKOFF_MS, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

// --- the server ------------------------------------------------------------------------------------------------------
async function post(path, body, session) {
  const headers = { "Content-Type": "application/json", ...(session && { "X-Chat-Token": session.token }) };
  const response = await fetch("/chat/" + path, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, wait: Number(response.headers.get("Retry-After") || 0), json: await response.json().catch(() => ({})) };
}

let opening = null;
function session() {
  const known = kept.get("session", null);
  if (known) return Promise.resolve(known);
  opening ??= post("sessions", {}).then(({ status, json }) => {
    if (status !== 201) throw new Error("no session: " + status);
    kept.set("session", json);
    return json;
  }).finally(() => { opening = null; });
  return opening;
}

function forget(session) { // the server's key changed: another session begins, and the page's messages go there
  if (kept.get("session", null)?.token === session.token) kept.set("session", null);
}

// --- the page's own outbox: in order, one at a time, repeated until the server has it ---------------------------------
let draining = false;
let nudge = new AbortController();

function say(text, payload = "") {
  const line = { id: newId(), text, payload, at: Date.now() };
  kept.set("outbox", [...kept.get("outbox", []), line]);
  show({ from: "customer", key: line.id, text, at: line.at, state: "sending" });
  drain();
}

async function drain() {
  if (draining) return;
  draining = true;
  let tries = 0;
  for (let line; (line = kept.get("outbox", []).find((item) => !item.failed)); ) {
    const wait = await deliver(line).catch(() => backoff(tries++));
    if (!wait) { tries = 0; continue; }
    if (tries > 1) connection(false);
    await sleep(wait, nudge.signal);
  }
  draining = false;
}

async function deliver(line) { // → ms to wait before it is tried again, 0 when it is settled
  const own = await session();
  const person = kept.get("person", {});
  const { status, wait, json } = await post("messages", {
    session: own.session, id: line.id, text: line.text, payload: line.payload, ...person, ...where(),
  }, own);
  if (status === 202) {
    settle(line.id);
    if (json.typing) typing(true);
  } else if (status === 403) {
    forget(own);
    events.again();
    return 300;
  } else if (status === 429) {
    notice(WORDS.slow_down);
    return Math.max(1, wait) * 1000;
  } else if (status >= 500) {
    throw new Error("not safe yet");
  } else {
    settle(line.id, "failed");
  }
  return 0;
}

function settle(id, state = "") {
  const rest = kept.get("outbox", []);
  kept.set("outbox", state ? rest.map((item) => (item.id === id ? { ...item, failed: true } : item)) : rest.filter((item) => item.id !== id));
  mark(id, state);
}

function where() {
  const given = new URLSearchParams(location.search);
  return EMBEDDED
    ? { page_url: given.get("page") || "", referrer: given.get("from") || "" }
    : { page_url: location.href, referrer: document.referrer };
}

// --- the stream of events; fetch and not EventSource: it sees the status, and the token stays out of addresses --------
const events = {
  stop: new AbortController(),
  seen: "", // read anew with each load of the page: the whole dialogue

  again() { this.stop.abort(); },

  async run() {
    for (let tries = 0; ; tries++) {
      this.stop = new AbortController();
      try {
        await this.read(() => { tries = 0; });
      } catch { /* lost: below */ }
      if (tries > 0) connection(false);
      await sleep(tries ? backoff(tries) : 200, nudge.signal);
    }
  },

  async read(onOpen) {
    const own = await session();
    const response = await fetch("/chat/events?session=" + encodeURIComponent(own.session), {
      headers: { "X-Chat-Token": own.token, ...(this.seen && { "Last-Event-ID": this.seen }) },
      signal: this.stop.signal, cache: "no-store",
    });
    if (response.status === 403) { forget(own); this.seen = ""; }
    if (!response.ok) throw new Error("no events: " + response.status);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const silence = setTimeout(() => this.again(), SILENCE_MS);
      const { value, done } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      onOpen();
      connection(true);
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.forEach((block) => this.take(block));
    }
  },

  take(block) {
    const fields = block.split("\n").map((line) => line.split(/: ?(.*)/s, 2));
    const data = fields.filter(([name]) => name === "data").map(([, value]) => value).join("\n");
    if (!data) return;
    this.seen = fields.find(([name]) => name === "id")?.[1] ?? this.seen;
    show(JSON.parse(data));
  },
};

// --- what is seen ----------------------------------------------------------------------------------------------------
const shown = new Map(); // the id of an entry, or the key of an own message → its element

function show(line) {
  const known = shown.get(line.key ?? line.id);
  if (known) { if (line.id) place(known, line); return; }
  const element = document.createElement("li");
  element.className = "line " + line.from;
  const author = document.createElement("span");
  author.className = "author";
  author.textContent = WORDS[line.from === "customer" ? "you" : line.from] ?? "";
  if (line.from === "customer") author.className = "unseen";
  const text = document.createElement("span");
  text.append(...(line.from === "customer" ? [line.text] : linked(line.text)));
  const state = document.createElement("span");
  state.className = "state";
  const time = document.createElement("time");
  element.append(author, text, time, state);
  shown.set(line.key ?? line.id, element);
  $("lines").append(element);
  place(element, line);
  if (line.state) mark(line.key, line.state);
  if (line.from !== "customer") { typing(false); tell(line); }
  chips(line);
  toBottom();
}

function linked(text) { // only web addresses, and never as markup
  return text.split(/(https?:\/\/[^\s<>«»"]*[^\s<>«»".,;:!?)])/).map((part, number) => {
    if (number % 2 === 0) return part;
    return Object.assign(document.createElement("a"), { href: part, textContent: part, target: "_blank", rel: "noopener" });
  });
}

function place(element, line) { // an own message gets its time, and its place, from the server
  element.dataset.entry = line.id ?? "";
  const time = element.querySelector("time");
  time.dateTime = new Date(line.at).toISOString();
  time.textContent = new Date(line.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  if (line.id && line.key) mark(line.key, "");
  if (line.id) {
    for (const day of document.querySelectorAll(".day")) day.remove();
    $("lines").insertBefore(element, [...$("lines").children].find((other) => other !== element && isLater(other.dataset.entry, line.id)) ?? null);
    days();
  }
}

function days() { // the date above the first line of each day; none where all of it is today's
  const date = (at) => new Date(at).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long" });
  let last = date(Date.now());
  for (const line of [...$("lines").children]) {
    const here = date(line.querySelector("time").dateTime);
    if (here !== last) line.before(Object.assign(document.createElement("li"), { className: "day", textContent: here }));
    last = here;
  }
}

function isLater(entry, than) { // what the server has not got yet comes last
  if (!entry) return true;
  const [[ms, number], [thanMs, thanNumber]] = [entry, than].map((id) => id.split("-").map(Number));
  return ms - thanMs > 0 || (ms === thanMs && number > thanNumber);
}

function mark(key, state) {
  const element = shown.get(key);
  if (!element) return;
  element.classList.toggle("sending", state === "sending");
  element.classList.toggle("failed", state === "failed");
  element.querySelector(".state").textContent = state ? WORDS[state] : "";
  element.querySelector("time").hidden = Boolean(state);
}

function chips(line) { // of the last message only: an old offer may not stand any more
  const group = $("chips");
  group.replaceChildren();
  for (const button of line.buttons ?? []) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.textContent = button.title;
    chip.addEventListener("click", () => { say(button.title, button.payload); $("text").focus(); });
    group.append(chip);
  }
  group.hidden = !group.childElementCount;
}

let typingEnds = 0;
function typing(on) {
  clearTimeout(typingEnds);
  $("typing").hidden = !on;
  $("typist").textContent = on ? WORDS.assistant + " " + WORDS.typing : "";
  if (on) {
    typingEnds = setTimeout(() => typing(false), TYPING_MS);
    toBottom();
  }
}

function toBottom() {
  $("log").scrollTop = $("log").scrollHeight;
}

let wasLost = false;
let noticeEnds = 0;
function connection(good) {
  if (!good) {
    wasLost = true;
    clearTimeout(noticeEnds);
    banner(WORDS.lost, false);
  } else if (wasLost) {
    wasLost = false;
    notice(WORDS.restored, true);
    wakeUp();
  }
}

function notice(text, good = false) {
  banner(text, good);
  clearTimeout(noticeEnds);
  noticeEnds = setTimeout(() => { if (!wasLost) $("link").hidden = true; }, 3000);
}

function banner(text, good) {
  const element = $("link");
  element.classList.toggle("good", good);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = false;
}

function wakeUp() { // whoever waits tries at once
  nudge.abort();
  nudge = new AbortController();
}

// --- the frame around us: widget.js listens on the site's side ---------------------------------------------------------
const started = Date.now();
function tell(line) {
  if (EMBEDDED && line.at > started) parent.postMessage({ otklik: "news" }, "*"); // no word of what it says
}

// --- hands ---------------------------------------------------------------------------------------------------------------
function submit() {
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  grow();
  say(text);
}

function grow() {
  const area = $("text");
  area.style.height = "auto";
  area.style.height = area.scrollHeight + 2 + "px";
}

$("write").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
$("text").addEventListener("input", grow);
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
});
$("card").addEventListener("submit", (event) => {
  event.preventDefault();
  kept.set("person", { name: $("name").value.trim(), phone: $("phone").value.trim() });
  $("contact").open = false;
  $("text").focus();
});
if (EMBEDDED) {
  const leave = () => parent.postMessage({ otklik: "close" }, "*");
  $("close").addEventListener("click", leave);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  addEventListener("focus", () => { if (HAS_KEYBOARD && document.activeElement === document.body) $("text").focus(); });
  parent.postMessage({ otklik: "ready" }, "*");
}
addEventListener("online", wakeUp);
addEventListener("offline", () => connection(false));
document.addEventListener("visibilitychange", () => { if (!document.hidden) wakeUp(); });

const person = kept.get("person", {});
$("name").value = person.name ?? "";
$("phone").value = person.phone ?? "";
$("chips").setAttribute("aria-label", WORDS.answers);
kept.set("outbox", kept.get("outbox", []).filter((line) => !line.failed));
for (const line of kept.get("outbox", [])) show({ from: "customer", key: line.id, text: line.text, at: line.at, state: "sending" });
for (const Observer of [ResizeObserver, IntersectionObserver]) new Observer(toBottom).observe($("log")); // chips came, the frame was shown again
events.run();
drain();
if (HAS_KEYBOARD) $("text").focus();

// The page: asks the sandbox for everything once a second and shows it; what a person does goes back as one request.

import { dealChat, showChat } from "/page/chat.js";
import { dayDeed, showDay } from "/page/day.js";
import { dealLine, showLine } from "/page/line.js";
import { CHANNELS, KINDS, NAMES, PHRASES, VENDORS, delivery, faultName, field, figure, plain, word } from "/page/words.js";

const $ = (id) => document.getElementById(id);
const ours = "UF_CRM_OTKLIK_";
// `/#channel=whatsapp&customer=c17&deal=7001` opens the page on them
const chosen = { channel: "telegram", customer: null, deal: null, pipeline: null, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
const newcomers = []; // invented here, have not written yet
let view = null;
let readAt = 0; // when `view.now` was true, by the machine's clock

// --- small tools ------------------------------------------------------------------------------------------------

const escape = (value) =>
  String(value ?? "").replace(/[&<>"']/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[sign]);

function show(id, html) {
  const element = $(id);
  if (element.shown !== html) element.innerHTML = element.shown = html; // untouched when nothing changed: focus and scroll stay
  return element;
}

async function send(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json();
  await look();
  return answer;
}

const now = () => new Date(new Date(view.now).getTime() + (performance.now() - readAt));
const zone = () => view?.portal?.diary?.zone ?? "Europe/Moscow"; // the portal's
const clock = (moment, options) => new Date(moment).toLocaleString("ru-RU", { timeZone: zone(), ...options });
const time = (moment) => clock(moment, { hour: "2-digit", minute: "2-digit" });
const dayAndTime = (moment) => clock(moment, { day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
const isMoment = (value) => /^\d{4}-\d\d-\d\dT/.test(String(value));

function span(milliseconds) {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days) return `${days} д ${hours} ч`;
  if (hours) return `${hours} ч ${String(minutes).padStart(2, "0")} мин`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}

// --- customer's phone -------------------------------------------------------------------------------------------

const people = () => [
  ...view.conversations.filter((one) => one.channel === chosen.channel),
  ...newcomers.filter((one) => one.channel === chosen.channel && !view.conversations.some((known) => known.channel === one.channel && known.customer === one.customer)),
];
const person = () => people().find((one) => one.customer === chosen.customer);

function newcomer() {
  const number = view.conversations.length + newcomers.length + 1;
  const one = { channel: chosen.channel, customer: `c${number}-${Math.random().toString(36).slice(2, 6)}`, name: NAMES[number % NAMES.length], lines: [] };
  newcomers.push(one);
  chosen.customer = one.customer;
}

function showPhone() {
  show("channels", Object.entries(CHANNELS).map(([name, title]) => `<button data-channel="${name}" class="${name === chosen.channel ? "on" : ""}">${title}</button>`).join(""));
  if (!people().length) newcomer();
  if (!person()) chosen.customer = people()[0].customer;
  const recent = [...people()].sort((one, other) => String(other.last_word_at ?? "9").localeCompare(String(one.last_word_at ?? "9"))).slice(0, 40);
  show("people", `<button data-new>${word("newcomer")}</button>` + recent.map((one) => `<button data-customer="${escape(one.customer)}" class="${one.customer === chosen.customer ? "on" : ""}">${escape(one.name)}</button>`).join(""));
  const one = person();
  const typing = one.typing_at && now() - new Date(one.typing_at) < 6000 ? word("typing") : one.blocked ? word("blocked") : CHANNELS[one.channel];
  show("phone-head", `${escape(one.name)}<span>${typing}</span>`);
  const talk = $("talk");
  const low = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 60;
  const before = talk.shown;
  show("talk", one.lines.map(line).join("") || `<p class="nothing">${word("nobody")}</p>`);
  if (low && before !== talk.shown) talk.scrollTop = talk.scrollHeight;
  const more = one.channel === "telegram" ? [`<button data-phone>${word("sharePhone")}</button>`] : [];
  if (["whatsapp", "instagram"].includes(one.channel)) more.push(`<button data-echo>${word("echo")}</button>`);
  show("quick", PHRASES.map((text) => `<button data-phrase="${escape(text)}">${escape(text)}</button>`).join("") + more.join(""));
  const chat = $("site-chat");
  const onSite = chosen.channel === "site";
  if (onSite && !chat.src) chat.src = `${view.gateway}/chat`;
  for (const [id, hidden] of [["site-chat", !onSite], ["talk", onSite], ["quick", onSite], ["say", onSite]]) $(id).style.display = hidden ? "none" : "";
  chat.hidden = !onSite;
}

const TICKS = { accepted: "", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "✕" };

function line(one) {
  const buttons = one.buttons.map((button) => `<button data-payload="${escape(button.payload)}" data-title="${escape(button.text)}">${escape(button.text)}</button>`).join("");
  return `<div class="line ${one.by}">${escape(one.text)}${buttons ? `<div class="under">${buttons}</div>` : ""}<footer>${time(one.at)} ${TICKS[one.status] ?? ""}</footer></div>`;
}

async function say(content) {
  const one = person();
  const answer = await send("/_sandbox/customers/say", { channel: one.channel, customer: one.customer, name: one.name, ...content });
  $("said").textContent = answer.status === 200 ? "" : `шлюз ответил ${answer.status || "ничего"} · gateway answered ${answer.status || "nothing"}`;
}

// --- manager's board --------------------------------------------------------------------------------------------

const deals = () => view.portal.deals ?? [];
const userName = (id) => view.portal.users?.find((user) => String(user.id) === String(id))?.name ?? `№ ${id}`;
const category = (deal) => Number(deal.CATEGORY_ID ?? 0);
const entity = (number) => (number ? `DEAL_STAGE_${number}` : "DEAL_STAGE");
const stagesOf = (number) => view.portal.stages.filter((stage) => stage.entity === entity(number)).sort((one, other) => one.sort - other.sort);

function heat(deal) {
  const name = String(deal[`${ours}SLA_CLASS`] ?? "").toLowerCase();
  if (/hot|горяч/.test(name)) return "hot";
  if (/warm|т[её]пл/.test(name)) return "warm";
  return /cold|холод/.test(name) ? "cold" : "";
}

function dueChip(deal) {
  const due = deal[`${ours}ANSWER_BY`];
  if (due) return `<span class="chip" data-due="${escape(due)}"></span>`;
  const answered = deal[`${ours}HUMAN_REPLIED_AT`];
  return answered ? `<span class="chip good">${plain("answered")} ${time(answered)}</span>` : "";
}

function dealCard(deal) {
  const chips = [
    deal[`${ours}SLA_CLASS`] && `<span class="chip ${heat(deal)}">${escape(deal[`${ours}SLA_CLASS`])}</span>`,
    dueChip(deal),
    deal[`${ours}VERDICT`] && `<span class="chip ${/miss|просроч|наруш/i.test(deal[`${ours}VERDICT`]) ? "late" : "good"}">${escape(deal[`${ours}VERDICT`])}</span>`,
    deal[`${ours}STEP`] && `<span class="chip late">${plain("step")} ${escape(deal[`${ours}STEP`])}</span>`,
  ];
  return `<button class="card ${heat(deal)} ${String(deal.ID) === chosen.deal ? "open" : ""}" data-deal="${deal.ID}"><b>${escape(deal.TITLE)}</b>
    <div class="chips">${chips.filter(Boolean).join("")}</div><span class="who">${escape(userName(deal.ASSIGNED_BY_ID))}</span></button>`;
}

function showBoard() {
  if (!view.portal.stages) return;
  const pipelines = [...new Set(deals().map(category))].sort((one, other) => one - other);
  if (!pipelines.includes(chosen.pipeline)) chosen.pipeline = pipelines.at(-1) ?? 0;
  show("pipelines", pipelines.length < 2 ? "" : pipelines.map((number) => `<button data-pipeline="${number}" class="${number === chosen.pipeline ? "on" : ""}">${escape(view.portal.pipelines[number] ?? `Воронка ${number}`)}</button>`).join(""));
  const mine = deals().filter((deal) => category(deal) === chosen.pipeline);
  show("board", stagesOf(chosen.pipeline).map((stage) => {
    const inside = mine.filter((deal) => deal.STAGE_ID === stage.code);
    return `<div class="stage ${inside.length ? "" : "empty"}"><h3><span>${escape(stage.name)}</span><span>${inside.length || ""}</span></h3>${inside.slice(0, 60).map(dealCard).join("")}</div>`;
  }).join(""));
  showDeal();
}

function showDeal() {
  const deal = deals().find((one) => String(one.ID) === chosen.deal);
  $("deal").hidden = !deal;
  if (!deal) return;
  const sum = deal.OPPORTUNITY ? `${Number(deal.OPPORTUNITY).toLocaleString("ru-RU")} ₽` : "";
  show("deal-head", `${escape(deal.TITLE)} <span>№ ${deal.ID} · ${escape(sum)}</span><button data-close>×</button>`);
  show("stages", stagesOf(category(deal)).map((stage) => `<button data-stage="${escape(stage.code)}" class="${stage.code === deal.STAGE_ID ? "on" : ""}">${escape(stage.name)}</button>`).join(""));
  const mine = Object.keys(deal).filter((name) => name.startsWith(ours) && name !== `${ours}STATE` && deal[name] !== "" && deal[name] !== null);
  const order = (name) => Object.keys(view.portal.fields).indexOf(name);
  mine.sort((one, other) => order(one) - order(other));
  const names = ["ASSIGNED_BY_ID", ...mine, ...["SOURCE_ID", "CONTACT_ID", "LEAD_ID", "ORIGIN_ID", "DATE_CREATE"].filter((name) => deal[name])];
  const row = (name, value) => `<dt>${field(name, view.portal.fields[name])}</dt><dd>${value}</dd>`;
  const state = deal[`${ours}STATE`];
  show("fields", names.map((name) => row(name, escape(inField(name, deal[name])))).join("") + (state ? `<dt>${field(`${ours}STATE`, view.portal.fields[`${ours}STATE`])}</dt><dd><details><summary>JSON</summary>${escape(state)}</details></dd>` : ""));
  const timeline = $("timeline");
  const before = timeline.shown;
  show("timeline", (deal.COMMENTS_LIST ?? []).map(comment).join("") + (deal.ACTIVITIES ?? []).map(activity).join(""));
  if (before !== timeline.shown) timeline.scrollTop = timeline.scrollHeight;
  for (const showPart of [showChat, showLine]) showPart(view.portal, deal, { show, escape, unmarked, dayAndTime, userName });
  const staff = view.portal.users.filter((user) => user.active);
  const as = $("as");
  const pickedFor = `${deal.ID}:${deal.ASSIGNED_BY_ID}`;
  if (as.pickedFor !== pickedFor) {
    show("as", staff.map((user) => `<option value="${user.id}" ${String(user.id) === String(deal.ASSIGNED_BY_ID) ? "selected" : ""}>${escape(user.name)}</option>`).join(""));
    show("assignee", $("as").innerHTML);
    as.pickedFor = pickedFor;
  }
}

function inField(name, value) { // as the portal's form shows it: names and not numbers
  if (name === "ASSIGNED_BY_ID") return userName(value);
  if (name === "SOURCE_ID") return view.portal.sources[value] ?? value;
  if (name === "CONTACT_ID") return view.portal.contacts.find((one) => String(one.ID) === String(value))?.NAME ?? `№ ${value}`;
  if (name === "LEAD_ID") return `№ ${value}`;
  if (name === `${ours}CAME`) return plain(value === true || String(value) === "1" ? "yes" : "no");
  return isMoment(value) ? dayAndTime(value) : value;
}

const unmarked = (text) => escape(text).replace(/\[b\](.*?)\[\/b\]/gis, "<b>$1</b>").replace(/\[\/?[a-z]+(=[^\]]*)?\]/gi, "");

function comment(one) {
  return `<div class="comment ${one.text.startsWith("/") ? "person" : ""}"><header><span>${escape(userName(one.author))}</span><span>${dayAndTime(one.created)}</span></header>${unmarked(one.text)}</div>`;
}

function activity(one) {
  return `<div class="comment"><header><span>${escape(one.SUBJECT)}</span><span>${one.DEADLINE ? dayAndTime(one.DEADLINE) : ""}</span></header>${unmarked(one.DESCRIPTION ?? "")}</div>`;
}

const act = (deed) => send("/_sandbox/portal/human", { entity: "deal", id: Number(chosen.deal), user: Number($("as").value), ...deed });

const inChat = (deed) => send("/_sandbox/portal/chat", { chat: dealChat(view.portal, chosen.deal)?.id, user: Number($("as").value), ...deed });

const inLine = (deed) => send("/_sandbox/portal/line", { chat: dealLine(view.portal, chosen.deal)?.id, user: Number($("as").value), ...deed });

// --- the rest ---------------------------------------------------------------------------------------------------

function showAround() {
  const { counters = {}, notifications = [], messages = [], tasks = [] } = view.portal;
  const figures = { leads: counters.leads, deals: counters.deals, comments: counters.comments, sent: view.sent, model: view.model_requests };
  show("figures", Object.entries(figures).map(([name, count]) => `<div><b>${count ?? 0}</b><span>${figure(name)}</span></div>`).join(""));
  show("offset", view.offset_seconds ? `${plain("moved")} ${span(view.offset_seconds * 1000)}` : "");
  const notices = [...notifications.map((one) => ({ ...one, to: one.user })), ...messages.map((one) => ({ ...one, to: one.dialog }))];
  notices.sort((one, other) => String(other.created).localeCompare(String(one.created)));
  show("notices", notices.slice(0, 40).map((one) => `<div class="notice"><small>${escape(userName(one.to))} · ${dayAndTime(one.created)}</small>${unmarked(one.text)}</div>`).join("") || `<div class="nothing">${word("noNotices")}</div>`);
  show("tasks", tasks.slice(0, 30).map((one) => `<div class="notice"><small>${escape(userName(one.RESPONSIBLE_ID))}${one.DEADLINE ? ` · ${dayAndTime(one.DEADLINE)}` : ""}${one.STATUS === "5" ? " · ✓" : ""}</small>${escape(one.TITLE)}</div>`).join("") || `<div class="nothing">${word("noTasks")}</div>`);
  show("texts", (view.texts ?? []).map((one) => `<div class="notice"><small>+${escape(one.to)} · ${dayAndTime(one.at)}</small>${escape(one.text)}</div>`).join(""));
  $("texts-head").hidden = !view.texts?.length;
  show("faults", Object.entries(VENDORS).map(([vendor, title]) => {
    const { kind = "ok", struck } = view.faults[vendor] ?? {};
    const options = KINDS[vendor].map((name) => `<option value="${name}" ${name === kind ? "selected" : ""}>${faultName(name)}</option>`).join("");
    return `<div class="fault ${kind === "ok" ? "" : "struck"}"><span>${title}</span><select data-vendor="${vendor}">${options}</select><span>${struck || ""}</span></div>`;
  }).join(""));
  for (const button of document.querySelectorAll("#shift button")) button.classList.toggle("on", Number(button.dataset.share) === view.managers.share);
  $("answered").textContent = view.managers.answered ? `${plain("answered")}: ${view.managers.answered}` : "";
  show("road", Object.entries(view.deliveries).filter(([, counts]) => Object.keys(counts).length).map(([channel, counts]) => `<span>${CHANNELS[channel]}</span><span>${Object.entries(counts).map(([name, count]) => `${delivery(name)} ${count}`).join(", ")}</span>`).join(""));
}

function tick() {
  if (!view) return;
  $("now").textContent = clock(now(), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });
  for (const chip of document.querySelectorAll("[data-due]")) {
    const left = new Date(chip.dataset.due) - now();
    chip.className = `chip ${left < 0 ? "late" : left < 120000 ? "soon" : ""}`;
    chip.textContent = left < 0 ? `${plain("overdue")} ${span(left)}` : `⏱ ${span(left)}`;
  }
}

async function look() {
  try {
    const response = await fetch("/_sandbox/view");
    if (!response.ok) throw new Error(response.statusText);
    view = await response.json();
    readAt = performance.now();
    show("state", `● ${word("on")}`).className = "";
    showPhone(); showBoard(); showDay(view.portal, { show, escape, now }); showAround(); tick();
  } catch (error) {
    show("state", `● ${word("away")}`).className = "away";
    console.error(error);
  }
}

// --- what a person does -----------------------------------------------------------------------------------------

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  if (!button || !view) return;
  const { dataset } = button;
  if (button.closest("#day-view") && !dataset.deal) return inDay(button);
  if (dataset.channel) Object.assign(chosen, { channel: dataset.channel, customer: null });
  else if ("new" in dataset) newcomer();
  else if (dataset.customer) chosen.customer = dataset.customer;
  else if (dataset.phrase) return say({ text: dataset.phrase });
  else if ("phone" in dataset || dataset.payload === "contact:") return say({ phone: "+79990001122" });
  else if ("echo" in dataset) return send("/_sandbox/customers/echo", { channel: chosen.channel, customer: chosen.customer, text: "Здравствуйте, это Анна. Отвечу сама!" });
  else if ("payload" in dataset) return say(dataset.payload ? { text: dataset.title, payload: dataset.payload } : { text: dataset.title });
  else if (dataset.pipeline) chosen.pipeline = Number(dataset.pipeline);
  else if (dataset.deal) chosen.deal = dataset.deal === chosen.deal && !button.closest("#day-view") ? null : dataset.deal;
  else if ("close" in dataset) chosen.deal = null;
  else if (dataset.stage) return act({ do: "move_stage", stage: dataset.stage });
  else if (dataset.command) return inChat({ do: "press", command: dataset.command });
  else if ("missed" in dataset) return act({ do: "miss_call" });
  else if (dataset.call) return act({ do: "call", seconds: Number(dataset.call) });
  else if (button.id === "took") return act({ do: "comment", text: "/принял" });
  else if (dataset.step) return send("/_sandbox/time", { advance_seconds: Number(dataset.step) });
  else if (dataset.share) return send("/_sandbox/managers", { share: Number(dataset.share) });
  else return;
  showPhone(); showBoard(); tick();
  if (dataset.deal && chosen.deal) $("deal").scrollIntoView({ block: "end" });
});

async function inDay(button) {
  const deed = dayDeed(button);
  const answer = deed && (await send("/_sandbox/portal/diary", { user: Number($("as").value) || 5, ...deed }));
  $("day-said").textContent = answer?.error ? `${answer.error}: ${answer.error_description}` : "";
  showDay(view.portal, { show, escape, now });
}

document.addEventListener("change", ({ target }) => {
  if (target.dataset.vendor) send(`/_sandbox/${target.dataset.vendor}/faults`, { kind: target.value });
});

function onSubmit(form, input, deed) {
  $(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $(input).value.trim();
    if (!text) return;
    if ($(input).tagName === "INPUT") $(input).value = "";
    await deed(text);
  });
}

onSubmit("say", "say-text", (text) => say({ text }));
onSubmit("chat-say", "chat-text", (text) => inChat({ do: "say", text }));
onSubmit("line-say", "line-text", (text) => inLine({ text }));
$("line-finish").addEventListener("click", () => inLine({ do: "finish" }));
onSubmit("people-deeds", "assignee", () => act({ do: "assign", to: Number($("assignee").value) }));
onSubmit("answer", "answer-text", (text) => act({ do: "comment", text: `/ответ ${text}` }));

for (const element of document.querySelectorAll("[data-word]")) element.innerHTML = word(element.dataset.word);
$("day-name").placeholder = "Имя · name";
$("say-text").placeholder = "Сообщение · message";
$("answer-text").placeholder = "Ответ клиенту · reply to the customer";

await look();
setInterval(look, 1000);
setInterval(tick, 250);

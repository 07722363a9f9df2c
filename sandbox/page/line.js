// The open line's chat of a deal on the manager's board: the dialogue with the customer, and the box that answers it.

const $ = (id) => document.getElementById(id);

export const dealLine = (portal, deal) => (portal.lines ?? []).find((chat) => String(chat.entity.DEAL) === String(deal));

export function showLine(portal, deal, { show, escape, unmarked, dayAndTime, userName }) {
  const chat = dealLine(portal, deal.ID);
  $("open-line").hidden = !chat;
  if (!chat) return;
  show("line-title", `${escape(chat.name)}${chat.closed ? " ✓" : ""}`);
  const name = (one) => (one.guest ? one.author : one.author ? userName(one.author) : "·");
  const files = (one) => one.files.map((file) => `<a class="chip" href="${escape(file.link)}" target="_blank">📎 ${escape(file.name)}</a>`).join("");
  const mark = (one) => (one.guest || !one.author ? "" : one.delivered ? "✓✓" : "…");
  const line = (one) => `<div class="comment ${one.guest ? "" : "person"}"><header><span>${escape(name(one))}</span><span>${dayAndTime(one.created)} ${mark(one)}</span></header>${one.deleted ? "—" : unmarked(one.text)}${files(one)}</div>`;
  const talk = $("line-talk");
  const before = talk.shown;
  show("line-talk", chat.messages.map(line).join(""));
  if (before !== talk.shown) talk.scrollTop = talk.scrollHeight;
}

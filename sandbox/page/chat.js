// The deal's chat on the manager's board: what the bot and people wrote there, the bot's buttons under its messages.

const $ = (id) => document.getElementById(id);

// A chat names its deal at the end of its title: «… · № 7001».
export const dealChat = (portal, deal) => (portal.chats ?? []).find((chat) => chat.title.endsWith(`№ ${deal}`));

export function showChat(portal, deal, { show, escape, unmarked, dayAndTime, userName }) {
  const chat = dealChat(portal, deal.ID);
  $("deal-chat").hidden = !chat;
  if (!chat) return;
  show("chat-title", escape(chat.title));
  const name = (author) => chat.names[author] ?? userName(author);
  const button = (one) => (one.COMMAND ? `<button data-command="${escape(one.COMMAND)}">${escape(one.TEXT)}</button>` : "");
  const files = (one) => one.files.map((file) => `<span class="chip">📎 ${file}</span>`).join("");
  const line = (one) => `<div class="comment"><header><span>${escape(name(one.author))}</span><span>${dayAndTime(one.created)}</span></header>${unmarked(one.text)}${files(one)}<div class="buttons">${one.keyboard.map(button).join("")}</div></div>`;
  const talk = $("chat-talk");
  const before = talk.shown;
  show("chat-talk", chat.messages.map(line).join(""));
  if (before !== talk.shown) talk.scrollTop = talk.scrollHeight;
}

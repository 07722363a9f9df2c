// The portal's day view: a row of bookings for each resource; a person books, moves and cancels by hand.

const $ = (id) => document.getElementById(id);
const HOUR = 3600 * 1000;

const state = { day: null, booking: null, known: {} };

// `tools`: show, escape, send, now of the page
export function showDay(portal, { show, escape, now }) {
  const diary = portal.diary ?? { resources: [], bookings: [], waiting: [] };
  $("day-view").hidden = !diary.resources.length;
  if (!diary.resources.length) return;
  const zone = diary.zone;
  const dayOf = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(at));
  const hourOf = (at) => new Intl.DateTimeFormat("ru-RU", { timeZone: zone, hour: "2-digit", minute: "2-digit" }).format(new Date(at));
  const today = dayOf(now());
  const days = [...new Set([today, ...Array.from({ length: 6 }, (_, ahead) => dayOf(new Date(now()).getTime() + (ahead + 1) * 24 * HOUR))])];
  const changed = diary.bookings.filter((one) => state.known[one.id] !== one.starts).sort((one, other) => one.id - other.id).at(-1);
  if (changed) state.day = dayOf(changed.starts); // what was just booked or moved is seen
  state.known = Object.fromEntries(diary.bookings.map((one) => [one.id, one.starts]));
  if (!days.includes(state.day)) state.day = days.find((day) => diary.bookings.some((one) => dayOf(one.starts) === day)) ?? today;
  const count = (day) => diary.bookings.filter((one) => dayOf(one.starts) === day).length || "";
  show("day-days", days.map((day) => `<button data-day="${day}" class="${day === state.day ? "on" : ""}">${day.slice(8)}.${day.slice(5, 7)} <small>${count(day)}</small></button>`).join(""));
  const card = (one) => {
    const deals = one.deals.map((deal) => `<button data-deal="${escape(deal)}">№ ${escape(deal)}</button>`).join("");
    const on = one.id === state.booking ? "on" : "";
    return `<div class="visit ${on}"><button data-booking="${one.id}"><b>${hourOf(one.starts)}–${hourOf(one.ends)}</b> ${escape(one.name)}</button>${deals}</div>`;
  };
  const row = (resource) => {
    const mine = diary.bookings.filter((one) => one.resourceIds.includes(resource.id) && dayOf(one.starts) === state.day);
    return `<div class="resource"><h3>${escape(resource.name)}</h3>${mine.map(card).join("") || "<small>—</small>"}</div>`;
  };
  show("day-rows", diary.resources.map(row).join(""));
  show("day-resource", diary.resources.map((one) => `<option value="${one.id}">${escape(one.name)}</option>`).join(""));
  const chosen = diary.bookings.some((one) => one.id === state.booking);
  for (const id of ["day-move", "day-cancel"]) $(id).disabled = !chosen;
}

// What a click on the day view asks of the portal; undefined: it is no click of ours.
export function dayDeed(button) {
  const { dataset } = button;
  if (dataset.day) return void (state.day = dataset.day);
  if (dataset.booking) return void (state.booking = Number(dataset.booking) === state.booking ? null : Number(dataset.booking));
  const starts = `${state.day}T${$("day-time").value || "12:00"}`;
  const resource = Number($("day-resource").value);
  if (button.id === "day-create") return { do: "create", resource, starts, name: $("day-name").value || "Гость · guest" };
  if (button.id === "day-move") return { do: "move", id: state.booking, resource, starts };
  if (button.id === "day-cancel") return { do: "cancel", id: state.booking };
  return undefined;
}

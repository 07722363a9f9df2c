// Every word of the page: Russian first, English beside.

const WORDS = {
  customer: ["Телефон клиента", "customer's phone"],
  board: ["Доска менеджера", "manager's board"],
  clock: ["Часы", "clock"],
  notices: ["Уведомления", "notices"],
  tasks: ["Задачи", "tasks"],
  texts: ["SMS клиентам", "texts to customers"],
  faults: ["Неполадки", "faults"],
  managers: ["Менеджеры отвечают", "scripted"],
  road: ["Доставка вебхуков", "webhooks"],
  send: ["➤", ""],
  answer: ["Ответить", "reply"],
  took: ["Принял", ""],
  dayView: ["Записи на день", "day view"],
  book: ["Записать", "book"],
  moveBooking: ["Перенести", "move"],
  cancelBooking: ["Отменить", "cancel"],
  assign: ["Назначить", "assign"],
  called: ["Позвонил", "called"],
  noAnswer: ["Не дозвонился", "no answer"],
  missedCall: ["Пропустил звонок", "missed a call"],
  toLine: ["Ответить в линии", "answer in the line"],
  closeLine: ["Закрыть диалог", "close"],
  toChat: ["В чат сделки", "to the deal's chat"],
  home: ["Нет", "off"],
  newcomer: ["+ клиент", "new"],
  sharePhone: ["Отправить номер", "share phone"],
  echo: ["Владелец ответит сам", "owner's app"],
  nobody: ["Напишите первым: диалог и сделка появятся сами", "write first, the deal will appear"],
  noNotices: ["Пока тихо", "quiet so far"],
  noTasks: ["Задач нет", "none"],
  noDeals: ["Сделок пока нет", "no deals yet"],
  typing: ["печатает…", "typing"],
  blocked: ["заблокировал", "blocked"],
  answered: ["отвечено", "answered"],
  overdue: ["просрочено", "overdue"],
  step: ["ступень", "step"],
  moved: ["сдвиг", "moved by"],
  yes: ["Да", ""],
  no: ["Нет", ""],
  on: ["на связи", "online"],
  away: ["песочница не отвечает", "away"],
};

// Of the portal's own; ours are called what `otklik setup` called them.
const FIELDS = {
  SOURCE_ID: ["Источник", "source"],
  ASSIGNED_BY_ID: ["Ответственный", "assignee"],
  CONTACT_ID: ["Контакт", "contact"],
  LEAD_ID: ["Лид", "lead"],
  ORIGIN_ID: ["Внешний код", "origin id"],
  DATE_CREATE: ["Создана", "created"],
};

const FIGURES = {
  leads: ["лиды", "leads"],
  deals: ["сделки", "deals"],
  comments: ["записи", "lines"],
  sent: ["ответы", "replies"],
  model: ["модель", "model calls"],
};

const DELIVERIES = { webhooks: "послано", accepted: "принято", refused: "отклонено", unreachable: "не дошло" };

const FAULTS = {
  ok: "всё работает · ok",
  500: "ошибка 500",
  503: "503 лимит · limit",
  429: "429 часто · too often",
  html: "страница прокси · html",
  away: "недоступен · away",
  timeout: "молчит · hangs",
  lost: "ответ потерян · lost",
  late: "сделано поздно · late",
  garbage: "мусор · garbage",
  slow: "медленно · slow",
  drip: "по капле · drip",
  wrong_schema: "не та схема · schema",
  truncated: "обрыв · truncated",
  lie: "выдумывает · lies",
};

const both = ([russian, english]) => (english ? `${russian} <small>${english}</small>` : russian);

export const word = (name) => both(WORDS[name]);
export const plain = (name) => WORDS[name][0];
export const field = (name, { ru, en } = {}) => both(FIELDS[name] ?? [ru ?? en ?? name, ru && en ? en : ""]);
export const delivery = (name) => DELIVERIES[name] ?? name.replace("answered_", "ответ ");
export const figure = (name) => FIGURES[name].join(" · ");
export const faultName = (kind) => FAULTS[kind];
export const CHANNELS = { telegram: "Telegram", whatsapp: "WhatsApp", instagram: "Instagram", site: "Сайт" };
export const NAMES = ["Марина", "Олег", "Ирина", "Света", "Павел", "Юлия", "Тимур", "Дарья", "Николай", "Алиса"];
export const PHRASES = ["Сколько это стоит?", "Запишите на завтра после 18", "Вы работаете в воскресенье?", "Позовите человека", "Спасибо!"];
export const VENDORS = { telegram: "Telegram", graph: "Meta", sms_ru: "SMS.ru", model: "Модель", portal: "Битрикс24" };
export const KINDS = {
  telegram: ["ok", "500", "429", "html", "away", "timeout", "lost"],
  graph: ["ok", "500", "429", "html", "away", "timeout", "lost"],
  sms_ru: ["ok", "500", "429", "html", "away", "timeout", "lost"],
  model: ["ok", "slow", "drip", "timeout", "429", "500", "garbage", "wrong_schema", "truncated", "lie", "away"],
  portal: ["ok", "503", "500", "html", "away", "timeout", "lost", "late"],
};

"""What an owner reads of a profile that will hurt: the finding, then its cure."""

from app.domain.words import define

for number, (ru, en) in enumerate(
    zip(
        ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        strict=True,
    )
):
    define(f"weekday_{number}", ru, en)
define("ready_who_supervisor", "руководителя", "the supervisor")
define("ready_who_owner", "владельца", "the owner")

define(
    "ready_portal_lacks",
    "на портале нет того, на что ссылается профиль: «{name}» ({code})",
    "the portal lacks what the profile names: «{name}» ({code})",
)
define("ready_portal_lacks_cure", "{reason}", "{reason}")
define(
    "ready_people_unseen",
    "портал не спрошен: кто на смене, не проверено",
    "the portal was not asked: who is on shift is not known",
)
define(
    "ready_people_unseen_cure", "впишите BITRIX_WEBHOOK_URL в .env и повторите", "set BITRIX_WEBHOOK_URL, then again"
)
define(
    "ready_no_managers",
    "на смене никого нет: портал не знает ни одного активного менеджера по {wanted}",
    "nobody is on shift: the portal knows no active manager by {wanted}",
)
define(
    "ready_no_managers_cure",
    "назовите отдел точно как на портале (team.managers: {{department: Администраторы}}) или перечислите людей "
    "({{users: [5, 7]}})",
    "name the department as the portal does (team.managers: {{department: …}}) or list the people ({{users: [5, 7]}})",
)
define(
    "ready_no_shift",
    "в рабочие часы на смене никого нет: {hours}",
    "nobody is on shift in open hours: {hours}",
)
define(
    "ready_no_shift_cure",
    "добавьте людей в team.managers, снимите отпуск на портале или закройте эти часы в hours.exceptions",
    "add people to team.managers, end the leave in the portal, or close these hours in hours.exceptions",
)
define(
    "ready_no_address",
    "у {who} нет адреса: портал не знает такого пользователя, мессенджер не указан; об опоздании он не услышит",
    "{who} has no address: no user of the portal and no messenger; a missed promise is never heard of",
)
define(
    "ready_no_address_cure",
    "впишите team.{role}.user (номер пользователя портала или head, если у отдела есть руководитель) и "
    "team.{role}.telegram",
    "set team.{role}.user (the portal's user id, or head where the department has one) and team.{role}.telegram",
)
define(
    "ready_no_user",
    "портал не знает {who}: уведомления лестницы остаются без адресата",
    "the portal does not know {who}: the ladder's notices have no addressee",
)
define(
    "ready_no_user_cure",
    "впишите в team.{role}.user номер пользователя портала или назначьте отделу руководителя",
    "set team.{role}.user to a user's id of the portal, or give the department a head",
)
define(
    "ready_no_messenger",
    "у {who} нет мессенджера: когда портал недоступен, он ничего не узнает",
    "{who} has no messenger: while the portal is away nothing reaches them",
)
define(
    "ready_no_messenger_cure",
    "впишите team.{role}.telegram (номер чата; ссылку печатает otklik check)",
    "set team.{role}.telegram (the chat's number; `otklik check` prints a link)",
)
define(
    "ready_closed_promise",
    "обещание идёт круглосуточно (clock: always), а эти дни закрыты: {days}; ответ за {budget} тогда дать некому",
    "the promise runs round the clock (clock: always), these days are closed: {days}; nobody can answer in {budget}",
)
define(
    "ready_closed_promise_cure",
    "поставьте sla.clock: working_hours или откройте эти дни в hours",
    "set sla.clock: working_hours, or open these days in hours",
)
define(
    "ready_slow_bot",
    "ассистенту обещано {seconds} с, клиенты ждут не больше 180",
    "the assistant has {seconds} s to answer, customers wait 180 at most",
)
define("ready_slow_bot_cure", "поставьте sla.bot_reply: 180s или меньше", "set sla.bot_reply to 180s or less")
define(
    "ready_no_time",
    "срок {budget}: от первого предупреждения до опоздания остаётся {left} с, никто не успеет",
    "a promise of {budget} leaves {left} s between the first warning and the miss: nobody can act in that",
)
define(
    "ready_no_time_cure",
    "увеличьте срок или поставьте первую ступень escalation раньше (after: 0.5)",
    "make the promise longer, or the first step of escalation earlier (after: 0.5)",
)
define(
    "ready_long_accept",
    "после «Принял» лестница молчит {minutes}, дольше обещанного ответа",
    "after «Принял» the ladder is silent for {minutes}, longer than the promised answer",
)
define("ready_long_accept_cure", "поставьте sla.accepted_for: 15m", "set sla.accepted_for: 15m")
define(
    "ready_silent_channel",
    "ассистент выключен: {channels}; ночью там не ответит никто",
    "the assistant is off in {channels}; by night nobody answers there",
)
define("ready_silent_channel_cure", "channels.modes: auto или suggest", "channels.modes: auto or suggest")
define(
    "ready_no_ladder",
    "лестницы нет: об опоздании никто не услышит",
    "there is no ladder: nobody hears of a missed promise",
)
define(
    "ready_no_ladder_cure",
    "добавьте escalation: [{{after: 1.0, do: [reassign_next, notify_supervisor]}}]",
    "add escalation: [{{after: 1.0, do: [reassign_next, notify_supervisor]}}]",
)
define(
    "ready_no_one_above",
    "лестница не доходит ни до руководителя, ни до владельца",
    "the ladder reaches neither the supervisor nor the owner",
)
define("ready_no_one_above_cure", "добавьте шаг notify_supervisor", "add a step notify_supervisor")
define(
    "ready_late_ladder",
    "первая ступень лестницы наступает после срока (доля {share})",
    "the ladder's first step comes after the deadline (share {share})",
)
define("ready_late_ladder_cure", "поставьте первой ступень с after: 0.8", "put a step with after: 0.8 first")
define(
    "ready_nobody_can",
    "услугу «{service}» ({minutes}) некому оказать: на весь горизонт записи нет ни одного времени",
    "nobody can do «{service}» ({minutes}): not one time within the booking horizon",
)
define(
    "ready_nobody_can_cure",
    "проверьте часы её ресурсов: смена должна вмещать всю услугу; или назовите другие resources",
    "look at its resources' hours: a shift must hold the whole service; or name other resources",
)
define(
    "ready_no_price",
    "у услуги «{service}» цена 0, и нигде не сказано, что она бесплатна: спросят цену, ассистент назовёт 0",
    "«{service}» costs 0 and nothing says that it is free: asked for the price, the assistant names 0",
)
define(
    "ready_no_price_cure",
    "впишите цену или факт «… бесплатно» в business.facts",
    "set the price, or say in business.facts that it is free",
)
define(
    "ready_no_aliases",
    "у услуги «{service}» нет других названий: узнаётся только полное",
    "«{service}» has no aliases: only its full name is understood",
)
define("ready_no_aliases_cure", "добавьте aliases, как говорят клиенты", "add aliases, as customers say it")
define(
    "ready_idle_resource",
    "никакая услуга не записывает к: {names}",
    "no service is booked with: {names}",
)
define("ready_idle_resource_cure", "добавьте их в resources услуг", "add them to services' resources")
define(
    "ready_far_reminder",
    "напоминание за {offset} не уйдёт никогда: запись открыта на {horizon} вперёд",
    "a reminder {offset} ahead is never sent: bookings open {horizon} ahead",
)
define(
    "ready_far_reminder_cure",
    "уменьшите reminders.offsets или увеличьте booking.horizon",
    "make reminders.offsets smaller or booking.horizon larger",
)
define("ready_old_answer", "готовый ответ устарел {until}", "a prepared answer ran out on {until}")
define("ready_old_answer_cure", "продлите until или уберите ответ", "extend until, or remove the answer")
define(
    "ready_no_phone", "телефон не указан: ассистент не сможет его назвать", "no phone: the assistant cannot name one"
)
define("ready_no_phone_cure", "впишите business.phone", "set business.phone")
define(
    "ready_no_address_of_business",
    "адрес не указан: «где вы находитесь?» уйдёт к человеку",
    "no address: «where are you?» goes to a person",
)
define("ready_no_address_of_business_cure", "впишите business.address", "set business.address")

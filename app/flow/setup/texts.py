"""What `otklik setup` says, a line for each thing of the portal and of the messengers."""

from app.domain.words import define

define("setup_part_field", "поле сделки", "deal field")
define("setup_part_pipeline", "воронка", "pipeline")
define("setup_part_stage", "стадия", "stage")
define("setup_part_source", "источник", "source")
define("setup_part_line", "открытая линия", "open line")
define("setup_part_event", "событие", "event")
define("setup_part_resource", "ресурс онлайн-записи", "booking resource")
define("setup_part_bot", "бот", "bot")
define("setup_part_webhook", "вебхук", "webhook")
define("setup_part_portal", "портал", "portal")
define("setup_part_profile", "профиль", "profile")
define("setup_part_cabinet", "кабинет", "cabinet")

define("setup_stands", "= {part}: на месте {count}", "= {part}: {count} in place")
define("setup_create", "+ {part} «{name}» ({code}): создать", "+ {part} «{name}» ({code}): to create")
define("setup_set", "+ {part} {name}: поставить на {code}", "+ {part} {name}: to set to {code}")
define("setup_made", "+ {part} «{name}» ({code}): готово", "+ {part} «{name}» ({code}): done")
define("setup_was_set", "+ {part} {name}: готово, {code}", "+ {part} {name}: done, {code}")
define("setup_wrong", "! {part} «{name}» ({code}): {detail}", "! {part} «{name}» ({code}): {detail}")
define("setup_told", "· {detail}", "· {detail}")
define("setup_ask", "Применить?", "Apply?")
define("setup_nothing", "Делать нечего: всё на месте.", "Nothing to do: everything is in place.")
define("setup_count", "Предстоит: {count}.", "To do: {count}.")
define("setup_count_made", "Сделано: {count}.", "Done: {count}.")
define("setup_count_wrong", "Нужен человек: {count}.", "A person is needed: {count}.")

define(
    "setup_other_type",
    "на портале тип «{found}», нужен «{expected}»; тип поля не меняется: назовите в профиле другое поле (crm.fields) "
    "или удалите это",
    "the portal has type «{found}», expected «{expected}»; a type never changes: name another field in the profile "
    "(crm.fields) or delete this one",
)
define("setup_several", "{type}, множественное", "{type}, multiple")
define(
    "setup_lacks",
    "профиль называет его в {place}, на портале такого нет; есть: {known}. Исправьте код или уберите строку из "
    "профиля, тогда создадим своё",
    "the profile names it in {place}, the portal has none; there are: {known}. Correct the code, or take the line out "
    "of the profile and ours is created",
)
define(
    "setup_unknown_word",
    "профиль: {place} такого слова не знает; известны: {known}",
    "the profile: {place} knows no such word; known are: {known}",
)
define(
    "setup_other_meaning",
    "на портале её смысл «{found}», нужен «{expected}»: назовите в профиле другую стадию (crm.stages)",
    "the portal takes it as «{found}», expected «{expected}»: name another stage in the profile (crm.stages)",
)
define(
    "setup_diary_absent",
    "Онлайн-записи на портале нет (тариф или право booking у вебхука): ассистент принимает заявки и не называет "
    "времени. С календарём компании: booking.diary: calendar в профиле",
    "The portal has no online booking (its plan, or the webhook lacks the scope booking): the assistant takes requests "
    "and names no time. With the company's calendar: booking.diary: calendar in the profile",
)
define(
    "setup_diary_calendar",
    "Записи ведём в календаре компании; портал там не запрещает пересечений",
    "Bookings are kept in the company's calendar; the portal refuses no overlap there",
)
define(
    "setup_diary_none", "Записи не ведём: только заявки (booking.diary: none)", "Requests only (booking.diary: none)"
)
define("setup_meaning_P", "в работе", "in progress")
define("setup_meaning_S", "успех", "success")
define("setup_meaning_F", "провал", "failure")
define(
    "setup_fell_back",
    "Новую воронку портал не дал ({reason}): обычно это предел тарифа. Работаем в первой воронке. Чтобы перейти в "
    "свою, создайте на портале воронку «{name}» и повторите setup",
    "The portal gave no new pipeline ({reason}), usually the plan's limit. We work in the first one. To move to one of "
    "its own, make the pipeline «{name}» in the portal and run setup again",
)
define(
    "setup_first_pipeline",
    "Работаем в первой воронке: в ней уже есть наши стадии. Чтобы перейти в свою, создайте на портале воронку «{name}» "
    "и повторите setup",
    "We work in the first pipeline: it holds our stages. To move to one of its own, make the pipeline «{name}» in the "
    "portal and run setup again",
)
define(
    "setup_denied",
    "портал отказал: {reason}. Вебхук должен принадлежать администратору CRM",
    "the portal refused: {reason}. The webhook has to belong to a CRM administrator",
)
define(
    "setup_no_bot",
    "Чат сделки не подключён: у вебхука нет права imbot ({reason}). Дайте его и повторите setup; до того менеджеры "
    "отвечают комментарием",
    "The deal's chat is not connected: the webhook lacks the right imbot ({reason}). Grant it and run setup again; "
    "until then managers answer by comments",
)
define("setup_refused", "портал отказал: {reason}", "the portal refused: {reason}")
define(
    "setup_no_portal",
    "Портал не подключён: задайте BITRIX_WEBHOOK_URL и повторите setup",
    "No portal is connected: set BITRIX_WEBHOOK_URL and run setup again",
)
define(
    "setup_simple",
    "На портале простой режим CRM: лиды не создаём, сразу сделки",
    "The portal runs in simple CRM mode: no leads are made, deals at once",
)
define(
    "setup_cabinet_portal",
    "В Битрикс24 (Разработчикам → Другое → Исходящий вебхук): адрес {url}, события: комментарий в таймлайн "
    "(ONCRMTIMELINECOMMENTADD), создание, изменение и удаление сделки (ONCRMDEALADD, ONCRMDEALUPDATE, "
    "ONCRMDEALDELETE), создание и изменение дела (ONCRMACTIVITYADD, ONCRMACTIVITYUPDATE), конец звонка "
    "(ONVOXIMPLANTCALLEND); его код запишите в BITRIX_APPLICATION_TOKEN",
    "In Bitrix24 (Developer resources → Other → Outbound webhook): address {url}, events "
    "ONCRMTIMELINECOMMENTADD, ONCRMDEALADD, ONCRMDEALUPDATE, ONCRMDEALDELETE, ONCRMACTIVITYADD, ONCRMACTIVITYUPDATE, "
    "ONVOXIMPLANTCALLEND; put its code into BITRIX_APPLICATION_TOKEN",
)
define(
    "setup_cabinet_application",
    "Приложение ещё не установлено. В Битрикс24 под администратором: Разработчикам → Другое → Локальное приложение, "
    "«Серверное»; путь обработчика и путь первоначальной установки {url}; права {scopes}. Код и ключ приложения: "
    "BITRIX_CLIENT_ID и BITRIX_CLIENT_SECRET. Сохраните приложение при запущенном `otklik serve`: остальное сделается "
    "само, либо повторите setup",
    "The application is not installed yet. In Bitrix24 as an administrator: Developer resources → Other → Local "
    "application, «Server»; handler path and initial installation path {url}; rights {scopes}. Its code and key: "
    "BITRIX_CLIENT_ID and BITRIX_CLIENT_SECRET. Save the application while `otklik serve` runs: the rest follows by "
    "itself, or run setup again",
)
define(
    "setup_cabinet_whatsapp",
    "WhatsApp подключается в кабинете Meta (developers.facebook.com → приложение → WhatsApp → Configuration): адрес "
    "{url}, слово из WHATSAPP_VERIFY_TOKEN, поле messages; и приложение должно быть подписано на ваш аккаунт WhatsApp "
    "(subscribed_apps)",
    "WhatsApp is connected in Meta's cabinet (developers.facebook.com → app → WhatsApp → Configuration): address "
    "{url}, the word of WHATSAPP_VERIFY_TOKEN, field messages; and the app must be subscribed to your WhatsApp account "
    "(subscribed_apps)",
)
define(
    "setup_cabinet_instagram",
    "Instagram подключается в кабинете Meta (приложение → Instagram → Webhooks): адрес {url}, слово из "
    "INSTAGRAM_VERIFY_TOKEN, поля messages и messaging_postbacks",
    "Instagram is connected in Meta's cabinet (app → Instagram → Webhooks): address {url}, the word of "
    "INSTAGRAM_VERIFY_TOKEN, fields messages and messaging_postbacks",
)
define(
    "setup_public_url",
    "PUBLIC_URL ({url}) не https: Telegram туда не доставит; задайте внешний адрес и повторите setup",
    "PUBLIC_URL ({url}) is not https: Telegram does not deliver there; set the public address and run setup again",
)
define(
    "setup_telegram_away",
    "Telegram не ответил ({reason}): вебхук не проверен, повторите setup",
    "Telegram gave no answer ({reason}): its webhook was not checked, run setup again",
)

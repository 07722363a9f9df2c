"""What `otklik init` says: its questions, what it could not read, and what to click."""

from app.domain.words import define

define(
    "init_kind",
    "1/10. Чем занимается бизнес? 1 салон, 2 клиника, 3 автосервис, 4 фитнес, 5 репетиторы; или своё слово",
    "1/10. What kind of business is it? 1 salon, 2 clinic, 3 car service, 4 fitness, 5 tutors; or a word of your own",
)
define("init_name", "2/10. Как он называется для клиентов?", "2/10. What do customers call it?")
define(
    "init_place",
    "3/10. В каком городе? Если город небольшой, добавьте зону: «Тара, Asia/Omsk»",
    "3/10. In which city? Add the zone of a smaller one: «Tara, Asia/Omsk»",
)
define(
    "init_weekdays",
    "4/10. Часы работы в будни: «10-21», «10-14, 15-21», «24/7», «выходной»",
    "4/10. Opening hours on weekdays: «10-21», «10-14, 15-21», «24/7», «closed»",
)
define(
    "init_weekend",
    "5/10. А в выходные? «11-20», или суббота и воскресенье отдельно: «10-18 / выходной»",
    "5/10. And at the weekend? «11-20», or Saturday and Sunday apart: «10-18 / closed»",
)
define(
    "init_services",
    "6/10. Услуги через точку с запятой: «Маникюр, 90 мин, 2500; Стрижка, 1 ч, от 2200»",
    "6/10. Services separated by semicolons: «Manicure, 90 min, 2500; Haircut, 1 h, from 2200»",
)
define(
    "init_channels",
    "7/10. Где пишут клиенты? 1 telegram, 2 whatsapp, 3 instagram, 4 site; через запятую, пусто: везде",
    "7/10. Where do customers write? 1 telegram, 2 whatsapp, 3 instagram, 4 site; by commas, empty: everywhere",
)
define(
    "init_portal",
    "8/10. Битрикс24: адрес входящего вебхука (https://…/rest/1/…/), или адрес портала, если отвечать будете в "
    "открытой линии (локальное приложение); ещё нет ни того, ни другого — пусто",
    "8/10. Bitrix24: the inbound webhook (https://…/rest/1/…/), or the portal's host if you will answer in an open "
    "line (a local application); nothing if there is neither yet",
)
define(
    "init_model",
    "9/10. Ключ языковой модели; у совместимого сервера ещё адрес и имя через пробел. Пусто: ответят правила",
    "9/10. The language model's key; of a compatible server also address and name. Empty: the rules answer",
)
define(
    "init_supervisor",
    "10/10. Кому сообщать о просрочках? Номер сотрудника на портале и, через пробел, его Telegram id: «5 500000001»",
    "10/10. Who hears of missed promises? A portal user's number and, after a space, a Telegram id: «5 500000001»",
)
define("init_unclear", "Не понял ответ, попробуйте как в примере.", "That was not clear; try it like the example.")
define("init_unclear_empty", "Здесь нужен ответ.", "This needs an answer.")
define(
    "init_unclear_place",
    "Не знаю часового пояса этого города: добавьте его через запятую.",
    "The time zone of this city is unknown: add it after a comma.",
)
define(
    "init_unclear_never_open",
    "Получается, что вы закрыты всегда: назовите хотя бы один день.",
    "That makes you always closed: name one day at least.",
)
define(
    "init_unclear_services",
    "У каждой услуги нужны название, длительность и цена, как в примере.",
    "Every service needs a name, a duration and a price, like the example.",
)
define("init_unclear_channels", "Такого канала нет.", "There is no such channel.")
define(
    "init_unclear_portal",
    "Не похоже на адрес вебхука или портала.",
    "This looks neither like a webhook nor like a portal.",
)
define(
    "init_unclear_supervisor",
    "Нужны цифры: номер сотрудника и Telegram id.",
    "Digits, please: user number, Telegram id.",
)
define("init_overwrite", "{path} уже есть. Заменить? (да/нет)", "{path} exists. Replace it? (yes/no)")
define("init_kept", "{path} оставлен как был.", "{path} stays as it was.")
define("init_written", "Записан {path}.", "{path} is written.")
define(
    "init_profile_head",
    "# Один бизнес. Допишите адрес, телефон, факты, ответы, сотрудников: все ключи в docs/profile.md.",
    "# One business. Add address, phone, facts, answers, people: docs/profile.md lists every key.",
)
define("init_next", "Что нажать (значения впишите в .env):", "What to click (put the values into .env):")
define(
    "init_click_portal",
    "Битрикс24: Разработчикам → Другое → Входящий вебхук; права crm, task, user, department, im, imbot; "
    "скопируйте адрес в BITRIX_WEBHOOK_URL. Рядом: Исходящий вебхук на PUBLIC_URL/bitrix/events с событием "
    "ONCRMTIMELINECOMMENTADD, его токен — в BITRIX_APPLICATION_TOKEN (ответы менеджеров из карточки). "
    "REST есть на платных тарифах и в пробном периоде.",
    "Bitrix24: Developer resources → Other → Inbound webhook; rights crm, task, user, department, im, imbot; "
    "copy its address to BITRIX_WEBHOOK_URL. Beside it: an outbound webhook to PUBLIC_URL/bitrix/events with the event "
    "ONCRMTIMELINECOMMENTADD, its token goes to BITRIX_APPLICATION_TOKEN (managers answer from the card). "
    "REST needs a paid plan or its trial.",
)
define(
    "init_click_application",
    "Битрикс24: Разработчикам → Другое → Локальное приложение, «Серверное»; путь обработчика и первоначальной "
    "установки PUBLIC_URL/bitrix/install; права crm, user, department, im, task, imopenlines, imconnector, imbot, "
    "placement, disk. Код и ключ — в BITRIX_CLIENT_ID и BITRIX_CLIENT_SECRET; запустите otklik serve и сохраните "
    "приложение ещё раз: оно установится само. REST есть на платных тарифах и в пробном периоде.",
    "Bitrix24: Developer resources → Other → Local application, «Server»; handler and initial installation path "
    "PUBLIC_URL/bitrix/install; rights crm, user, department, im, task, imopenlines, imconnector, imbot, placement, "
    "disk. Its code and key go to BITRIX_CLIENT_ID and BITRIX_CLIENT_SECRET; run otklik serve and save the application "
    "once more: it installs itself. REST needs a paid plan or its trial.",
)
define(
    "init_click_telegram",
    "Telegram: @BotFather → /newbot → токен в TELEGRAM_BOT_TOKEN. Вебхук поставит `otklik setup`.",
    "Telegram: @BotFather → /newbot → token to TELEGRAM_BOT_TOKEN. `otklik setup` sets the webhook.",
)
define(
    "init_click_whatsapp",
    "WhatsApp: приложение Meta → WhatsApp → API Setup: постоянный токен системного пользователя и Phone number ID; "
    "App settings → Basic → App secret; Configuration → Webhook: PUBLIC_URL/webhooks/whatsapp, Verify token из "
    "WHATSAPP_VERIFY_TOKEN, поле messages.",
    "WhatsApp: Meta app → WhatsApp → API Setup: a system user's permanent token and the Phone number ID; App settings "
    "→ Basic → App secret; Configuration → Webhook: PUBLIC_URL/webhooks/whatsapp, the Verify token of "
    "WHATSAPP_VERIFY_TOKEN, field messages.",
)
define(
    "init_click_instagram",
    "Instagram: приложение Meta → Instagram → API setup: токен и id профессионального аккаунта, Instagram app secret; "
    "Webhooks: PUBLIC_URL/webhooks/instagram, Verify token из INSTAGRAM_VERIFY_TOKEN, поля messages, "
    "messaging_postbacks, comments.",
    "Instagram: Meta app → Instagram → API setup: token and id of the professional account, Instagram app secret; "
    "Webhooks: PUBLIC_URL/webhooks/instagram, the Verify token of INSTAGRAM_VERIFY_TOKEN, fields messages, "
    "messaging_postbacks, comments.",
)
define(
    "init_click_site",
    "Сайт: Tilda → Настройки сайта → Формы → Webhook: PUBLIC_URL/webhooks/site, API-ключ SITE_WEBHOOK_SECRET в "
    "заголовке X-Api-Key; чат: PUBLIC_URL/chat, адреса сайтов с чатом в WIDGET_ORIGINS.",
    "Site: Tilda → Site settings → Forms → Webhook: PUBLIC_URL/webhooks/site, API key SITE_WEBHOOK_SECRET in the "
    "header X-Api-Key; chat: PUBLIC_URL/chat, sites that embed it in WIDGET_ORIGINS.",
)
define(
    "init_last",
    "Впишите PUBLIC_URL (https-адрес этого сервера). "
    "Дальше: otklik check, otklik setup, затем otklik serve и otklik work.",
    "Fill in PUBLIC_URL (this server's https address). "
    "Then: otklik check, otklik setup, then otklik serve and otklik work.",
)

"""What `otklik check` says: what was found, and under the same key with `_cure` what to do about it."""

from app.domain.words import define

# any door

define("check_closed", "закрыто: не задано {names}", "closed: {names} is not set")
define("check_half_open", "закрыто: заполнено не всё, не задано {names}", "closed: half filled in, {names} is not set")
define("check_half_open_cure", "задайте {names} или уберите остальное", "set {names}, or take the rest out")
define("check_silent", "нет ответа за {seconds} с", "no answer in {seconds} s")
define("check_silent_cure", "проверьте сеть и прокси ({name}_PROXY)", "check the network and the proxy ({name}_PROXY)")
define("check_away", "недоступно: {reason}", "cannot be reached: {reason}")
define(
    "check_away_cure",
    "проверьте сеть, прокси ({name}_PROXY) и адрес ({address})",
    "check the network, the proxy ({name}_PROXY) and the address ({address})",
)
define("check_certificate", "сертификату сервера нет доверия", "the server's certificate is not trusted")
define(
    "check_certificate_cure",
    "укажите файл PEM своего удостоверяющего центра в {name}_CA_BUNDLE",
    "name the PEM file of your own certificate authority in {name}_CA_BUNDLE",
)
define("check_ca_bundle", "файл {name}_CA_BUNDLE не читается как PEM", "the file of {name}_CA_BUNDLE is not PEM")
define("check_ca_bundle_cure", "положите туда сертификаты в виде PEM", "put certificates in PEM form there")
define("check_token", "токен не принят: {reason}", "the token is refused: {reason}")
define("check_token_cure", "выпустите новый и запишите в {name}", "issue a new one and put it into {name}")
define("check_refused", "отказ: {reason}", "refused: {reason}")
define("check_refused_cure", "проверьте {name}", "check {name}")

# this service

define("check_redis_ok", "отвечает, годится", "answers and is fit")
define("check_redis_away", "недоступен: {reason}", "away: {reason}")
define(
    "check_redis_away_cure",
    "запустите Redis или исправьте REDIS_URL; до тех пор сообщения получают 503 и повторяются мессенджером",
    "start Redis or correct REDIS_URL; until then messages get 503 and the messenger repeats them",
)
define("check_redis_unfit", "не годится: {reason}", "not fit: {reason}")
define(
    "check_redis_unfit_cure",
    "исправьте и повторите check: с таким Redis служба не стартует",
    "correct it and check again: the service does not start on this Redis",
)
define("check_redis_empty", "хранилище пусто", "the store is empty")
define(
    "check_redis_empty_cure",
    "перед первым запуском так и должно быть; иначе Redis стёрли: docs/runbook.md, «Redis wiped»",
    "right before the first start; else Redis was wiped: docs/runbook.md, «Redis wiped»",
)
define("check_redis_layout", "раскладка {found}, нужна {expected}", "layout {found}, expected {expected}")
define("check_redis_layout_cure", "запустите версию, которая её писала", "start the version that wrote it")
define(
    "check_durable_always",
    "на диске до ответа (appendfsync always): не потеряется ничего",
    "on disk before the answer (appendfsync always): nothing can be lost",
)
define(
    "check_durable_everysec",
    "appendfsync everysec: при отключении питания пропадёт до секунды принятого",
    "appendfsync everysec: a power cut loses up to a second of what was accepted",
)
define(
    "check_durable_no",
    "appendfsync no: при отключении питания пропадут десятки секунд",
    "appendfsync no: a power cut loses tens of seconds",
)
define(
    "check_durable_none",
    "appendonly выключен: при перезапуске пропадёт всё после последнего снимка",
    "appendonly is off: a restart loses everything after the last snapshot",
)
define(
    "check_durable_unknown",
    "сервер не говорит, как пишет на диск (CONFIG закрыт): сколько может пропасть, неизвестно",
    "the server does not say how it writes (CONFIG is closed): what may be lost is unknown",
)
for _word in ("everysec", "no", "none", "unknown"):
    define(f"check_durable_{_word}_cure", "appendonly yes, appendfsync always", "appendonly yes, appendfsync always")
define(
    "check_time_moved",
    "время бизнеса сдвинуто на {hours} ч, а SANDBOX выключен",
    "business time is moved by {hours} h, and SANDBOX is off",
)
define(
    "check_time_moved_cure",
    "это Redis репетиции: возьмите другой, или удалите ключ {place}",
    "this is a rehearsal's Redis: take another, or delete the key {place}",
)
define("check_time_rehearsed", "время репетиции сдвинуто на {hours} ч", "the rehearsal's time is moved by {hours} h")
define("check_profile_ok", "{name}", "{name}")
define("check_profile_wrong", "{reason}", "{reason}")
define("check_profile_wrong_cure", "исправьте файл, docs/profile.md", "correct the file, docs/profile.md")
define("check_profile_warning", "{reason}", "{reason}")
define("check_dashboard_ok", "открыт тем, кто знает DASHBOARD_TOKEN", "open to who knows DASHBOARD_TOKEN")
define(
    "check_local_url",
    "PUBLIC_URL ({url}) не https: мессенджеры туда не доставят",
    "PUBLIC_URL ({url}) is not https: messengers do not deliver there",
)
define("check_local_url_cure", "задайте внешний адрес службы", "set the service's public address")

# messengers

define("check_telegram_ok", "бот @{name}", "bot @{name}")
define(
    "check_staff_closed",
    "чаты сотрудников закрыты: не задано SECRET_KEY",
    "staff chats are closed: SECRET_KEY is not set",
)
define(
    "check_staff_link",
    "уведомления в личный чат ({role}): откройте один раз {link}",
    "notices in a chat of one's own ({role}): open once {link}",
)
define("check_telegram_token", "токен бота не принят: {reason}", "the bot's token is refused: {reason}")
define(
    "check_telegram_token_cure",
    "возьмите токен у @BotFather и запишите в TELEGRAM_BOT_TOKEN",
    "take the token from @BotFather and put it into TELEGRAM_BOT_TOKEN",
)
define("check_webhook_ok", "вебхук стоит, в очереди {pending}", "the webhook stands, {pending} waiting")
define("check_webhook_none", "вебхук не установлен: сообщения не приходят", "no webhook is set: no messages arrive")
define("check_webhook_elsewhere", "вебхук ведёт не сюда: {host}", "the webhook leads elsewhere: {host}")
define("check_webhook_lacks", "не приходят обновления: {kinds}", "updates do not arrive: {kinds}")
define(
    "check_webhook_secret",
    "мы отвечаем Telegram 401: у него другой секрет; в очереди {pending}",
    "we answer Telegram 401: it holds another secret; {pending} waiting",
)
for _word in ("none", "elsewhere", "lacks", "secret"):
    define(f"check_webhook_{_word}_cure", "otklik setup", "otklik setup")
define(
    "check_webhook_error",
    "Telegram жалуется: {reason}; в очереди {pending}",
    "Telegram says: {reason}; {pending} waiting",
)
define(
    "check_webhook_error_cure",
    "откройте {url} снаружи: там должна отвечать эта служба",
    "open {url} from outside: this service should answer there",
)
define("check_whatsapp_ok", "номер {number}", "number {number}")
define(
    "check_whatsapp_red",
    "номер {number}: качество RED, Meta может ограничить его",
    "number {number}: quality RED, Meta may restrict it",
)
define("check_whatsapp_red_cure", "меньше шаблонов тем, кто их не ждёт", "fewer templates to those who expect none")
define(
    "check_whatsapp_secret",
    "WHATSAPP_APP_SECRET не от того приложения, что выпустило токен",
    "WHATSAPP_APP_SECRET is not of the app that issued the token",
)
define(
    "check_whatsapp_secret_cure",
    "developers.facebook.com → приложение → Settings → Basic → App secret",
    "developers.facebook.com → app → Settings → Basic → App secret",
)
define(
    "check_whatsapp_template",
    "WHATSAPP_TEMPLATE не задан: позже 24 часов после слов клиента ему не написать",
    "WHATSAPP_TEMPLATE is not set: 24 hours after a customer's last word nothing can be written",
)
define(
    "check_whatsapp_template_cure",
    "утвердите шаблон в WhatsApp Manager и запишите «имя:язык»",
    "get a template approved in WhatsApp Manager and write «name:language»",
)
define("check_instagram_ok", "аккаунт @{name}", "account @{name}")
define(
    "check_instagram_other",
    "токен от аккаунта {found}, а в INSTAGRAM_ACCOUNT_ID его нет",
    "the token is of account {found}, which INSTAGRAM_ACCOUNT_ID lacks",
)
define("check_instagram_other_cure", "исправьте INSTAGRAM_ACCOUNT_ID", "correct INSTAGRAM_ACCOUNT_ID")
define("check_site_ok", "формы принимаются, чат открыт на /chat", "forms are taken, the chat is open at /chat")
define(
    "check_site_closed",
    "формы закрыты: не задано {names}; чат на /chat открыт",
    "forms are closed: {names} is not set; the chat at /chat is open",
)
define("check_sms_ok", "SMS.ru, на счету {balance}", "SMS.ru, balance {balance}")
define(
    "check_sms_empty", "SMS.ru: на счету {balance}, ни одной SMS не уйдёт", "SMS.ru: balance {balance}, no SMS leaves"
)
define(
    "check_sms_empty_cure",
    "пополните счёт на sms.ru; до тех пор напоминания, которые больше ничем не доходят, станут задачами",
    "top up at sms.ru; until then reminders that no other way carries become tasks",
)
define(
    "check_sms_account", "SMS.ru: аккаунт не работает (код {code})", "SMS.ru: the account does not work (code {code})"
)
define("check_sms_account_cure", "подтвердите аккаунт в кабинете sms.ru", "confirm the account at sms.ru")
define("check_sms_ill", "SMS.ru ответил кодом {code}", "SMS.ru answered with code {code}")
define("check_sms_ill_cure", "повторите позже; проверьте SMS_BASE_URL", "again later; check SMS_BASE_URL")

# models

define("check_model_none", "не задана ({names}): отвечают правила", "none ({names} is not set): the rules answer")
define("check_model_ok", "{model} отвечает", "{model} answers")
define("check_model_key", "ключ не принят (HTTP {status})", "the key is refused (HTTP {status})")
define("check_model_key_cure", "исправьте {name}_API_KEY", "correct {name}_API_KEY")
define("check_model_unknown", "модели {model} там нет (HTTP {status})", "there is no model {model} (HTTP {status})")
define(
    "check_model_unknown_cure", "исправьте {name}_MODEL или {name}_BASE_URL", "correct {name}_MODEL or {name}_BASE_URL"
)
define("check_model_limit", "исчерпан лимит или баланс (HTTP 429)", "limit or balance exhausted (HTTP 429)")
define(
    "check_model_limit_cure", "пополните счёт; пока отвечают правила", "top up the account; the rules answer meanwhile"
)
define("check_model_ill", "ответ непригоден: {reason}", "the answer cannot be used: {reason}")
define(
    "check_model_ill_cure",
    "проверьте {name}_BASE_URL; пока отвечают правила",
    "check {name}_BASE_URL; the rules answer meanwhile",
)
define(
    "check_model_private",
    "PRIVACY=local, а модель снаружи: её не спросят",
    "PRIVACY=local, and the model is outside: it is not asked",
)
define(
    "check_model_private_cure", "возьмите свою модель или PRIVACY=tokens", "take a model of your own, or PRIVACY=tokens"
)

# the portal

define(
    "check_portal_none",
    "не подключён (BITRIX_WEBHOOK_URL не задан): карточки ждут в Redis",
    "not connected (BITRIX_WEBHOOK_URL is not set): cards wait in Redis",
)
define(
    "check_portal_none_cure",
    "создайте входящий вебхук и запишите его адрес",
    "make an inbound webhook and write its address down",
)
define(
    "check_portal_half",
    "локальное приложение настроено не до конца: нет {names}",
    "the local application is half configured: {names} are missing",
)
define(
    "check_portal_half_cure",
    "впишите их, или задайте один BITRIX_WEBHOOK_URL",
    "fill them in, or set BITRIX_WEBHOOK_URL alone",
)
define(
    "check_portal_no_key", "токены приложения нечем шифровать", "there is nothing to encrypt the application's tokens"
)
define("check_portal_no_key_cure", "задайте SECRET_KEY: openssl rand -hex 32", "set SECRET_KEY: openssl rand -hex 32")
define(
    "check_portal_store",
    "Redis недоступен: установлено ли приложение, неизвестно",
    "Redis is away: whether the application is installed is not known",
)
define("check_portal_store_cure", "сначала исправьте redis", "mend redis first")
define(
    "check_portal_sealed",
    "токены приложения зашифрованы другим SECRET_KEY",
    "the application's tokens were encrypted with another SECRET_KEY",
)
define(
    "check_portal_sealed_cure",
    "верните прежний SECRET_KEY или переустановите приложение на портале",
    "set the former SECRET_KEY, or install the application again in the portal",
)
define(
    "check_portal_not_installed",
    "приложение ещё не установлено на портале",
    "the application is not installed in the portal yet",
)
define(
    "check_portal_not_installed_cure",
    "запустите otklik serve и сохраните локальное приложение с адресом {url}; подробно: otklik setup --plan",
    "run otklik serve and save the local application with the address {url}; in detail: otklik setup --plan",
)
define("check_portal_application", "приложение работает от имени: {name}", "the application works as {name}")
define(
    "check_portal_tokens", "портал не принимает токены приложения", "the portal does not take the application's tokens"
)
define(
    "check_portal_tokens_cure",
    "токены утеряны или отозваны. Переустановите приложение: на портале откройте его и сохраните, новые токены придут "
    "сами; сверьте BITRIX_CLIENT_ID и BITRIX_CLIENT_SECRET",
    "the tokens are lost or revoked. Install it again: open and save it in the portal, which sends new ones by itself; "
    "compare BITRIX_CLIENT_ID and BITRIX_CLIENT_SECRET",
)
define("check_portal_line", "открытая линия и события на месте", "open line and events are in place")
define("check_portal_ok", "вебхук работает от имени: {name}", "the webhook works as {name}")
define(
    "check_portal_key",
    "вебхук не принят: неверен, просрочен, или его владелец уволен",
    "the webhook is refused: wrong, expired, or its owner was dismissed",
)
define(
    "check_portal_key_cure",
    "создайте новый входящий вебхук и запишите его адрес в BITRIX_WEBHOOK_URL",
    "make a new inbound webhook and put its address into BITRIX_WEBHOOK_URL",
)
define("check_portal_plan", "на этом тарифе нет REST (бесплатный тариф)", "this plan has no REST (free plan)")
define(
    "check_portal_plan_cure",
    "включите коммерческий тариф или его пробный период",
    "switch a commercial plan on, or its trial",
)
define("check_portal_closed", "портал закрыт: {reason}", "the portal is closed: {reason}")
define(
    "check_portal_closed_cure",
    "оплатите портал или напишите в поддержку Битрикс24",
    "pay for the portal, or write to Bitrix24's support",
)
define("check_portal_https", "портал принимает только https", "the portal takes https only")
define("check_portal_https_cure", "исправьте начало BITRIX_WEBHOOK_URL", "correct the beginning of BITRIX_WEBHOOK_URL")
define("check_portal_moved", "портал переехал на другой адрес", "the portal has moved")
define(
    "check_portal_moved_cure",
    "возьмите новый адрес вебхука на портале",
    "take the webhook's new address from the portal",
)
define("check_portal_busy", "портал просит подождать: {reason}", "the portal asks to wait: {reason}")
define(
    "check_portal_busy_cure",
    "повторите через минуту; что ещё пишет с этого адреса?",
    "again in a minute; who else calls from this address?",
)
define("check_portal_ill", "портал ответил непонятно: {reason}", "the portal's answer is unusable: {reason}")
define(
    "check_portal_ill_cure",
    "откройте портал в браузере; карточки дождутся",
    "open the portal in a browser; the cards wait",
)
define("check_portal_scopes", "вебхуку не даны права: {names}", "the webhook lacks the scopes: {names}")
define(
    "check_portal_scopes_more",
    "вебхуку не даны права: {names}; остальное работает и без них",
    "the webhook lacks the scopes: {names}; all else works without",
)
define("scope_imbot", "чат сделки", "the deal's chat")
define("scope_timeman", "чей рабочий день открыт", "whose working day is open")
define("scope_calendar", "запись в календаре компании", "bookings in the company's calendar")
define("scope_booking", "онлайн-запись", "online booking")
for _word in ("scopes", "scopes_more"):
    define(
        f"check_portal_{_word}_cure",
        "портал → Разработчикам → Другое → Входящий вебхук → Настройка прав",
        "portal → Developer resources → Other → Inbound webhook → Assign permissions",
    )
define(
    "check_portal_right", "владельцу вебхука закрыт CRM: {reason}", "the webhook's owner has no right to CRM: {reason}"
)
define("check_portal_right_cure", "дайте ему роль администратора CRM", "give them the role of a CRM administrator")
define(
    "check_portal_not_admin",
    "владелец вебхука не администратор портала: setup может получить отказ",
    "the webhook's owner is no administrator: setup may be refused",
)
define("check_portal_not_admin_cure", "создайте вебхук от имени администратора", "make the webhook as an administrator")
define(
    "check_portal_simple",
    "простой режим CRM: лидов нет, работаем со сделками",
    "simple CRM mode: no leads, we work with deals",
)
define(
    "check_portal_people",
    "некому передать клиента: в команде профиля ни одного сотрудника",
    "nobody to hand a customer to: the profile's team is empty",
)
define(
    "check_portal_people_cure",
    "исправьте team.managers: отдел на портале или номера сотрудников",
    "correct team.managers: a department of the portal, or users' numbers",
)
define("check_scheme_ok", "поля, воронка, стадии и источники на месте", "fields, pipeline, stages and sources stand")
define("check_scheme_none", "портал ещё не настроен", "the portal is not set up yet")
define(
    "check_scheme_lost",
    "воронки «{name}» нет: её переименовали или удалили, новые карточки идут в первую",
    "there is no pipeline «{name}»: renamed or deleted, new cards go to the first one",
)
define(
    "check_scheme_lost_cure",
    "верните имя, назовите воронку в профиле (crm.pipeline), или otklik setup",
    "give the name back, name the pipeline in the profile (crm.pipeline), or otklik setup",
)
define("check_scheme_missing", "нет: {what} «{name}» ({code})", "missing: {what} «{name}» ({code})")
for _word in ("none", "missing"):
    define(f"check_scheme_{_word}_cure", "otklik setup", "otklik setup")
define("check_scheme_wrong", "{reason}", "{reason}")

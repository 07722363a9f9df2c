"""What the customer wants: a few patterns an intent over the prepared text; where two fit, the house's order does."""

import re
from dataclasses import dataclass

from app.assistant.rules import morphology, phones
from app.assistant.rules.clock import Times
from app.assistant.rules.text import Message
from app.assistant.rules.when import Spoken
from app.domain.qualification import Intent

_SPAM = re.compile(
    r"подпишись|подписывайся|получи бонус|заработ|зарабат|\bдоход|крипт|инвест|кредит|казино|ставк[аи] на|"
    r"\bвакан|требу[ею]тся|продвижени|"
    r"\bsmm\b|\bсмм\b|\bseo\b|"
    r"подпис(?:чик|ыва)|розыгрыш|выиграл|\bоптом\b|\bпрода[юмеё]|\bсда[юм]\b|\bсдам\b|\bкуплю\b|вебинар|"
    r"марафон|бизнес[- ]|наш[аеу]+ компани|"
    r"предлагаем|приглашаем|увелич\w+ (?:продаж|поток|прибыл)|поток клиентов|раскрут|рассылк|маркетплейс|"
    r"сотруднич|бесплатн\w+ (?:курс|вебинар|аудит)|"
    r"коммерческ\w+ предложени|ищем (?:сотрудник|курьер|вратар|водител)|подработк|удаленн\w+ работ|"
    r"купи сейчас|промокод|скидк\w+ \d+\s?%.*(?:парти|заказ|каталог)|"
    r"накрут|отзыв\w+ на (?:карт|2гис|яндекс)|разработк\w+ сайт|создани\w+ сайт|earn \$|\bcasino\b|crypto|"
    r"promotion|investment"
)
_PRIVATE = re.compile(
    r"\bты\b|\bтебе\b|\bтебя\b|\bмам[аеу]?\b|\bпап[аеу]?\b|\bбаб[аеушк]+|\bдома\b|\bдом[ао]й\b|"
    r"\bдач[аеиу]|\bключ[ие]?\b|\bхлеб|\bмолок|\bкартошк|\bфотк|\bскин[ьу]\b|"
    r"\bужин|\bпив[аоа]|\bфутбол|\bрыбалк|\bбратан|\bбро\b|\bбрат\b|\bзай\b|\bкотик|\bлюблю\b|\bцелую\b|"
    r"\bсобак|\bкот[аеу]?\b|\bшкол[ыуе]\b|\bсадик|\bпоезд|\bсовещани|\bотчет|\bвстреч|\bтетрад|"
    r"\bуроки сделал"
)
_COMPLAINT = re.compile(
    r"безобраз|отврати|ужасн(?:о отврат|ый|ая|ое|ые)|кошмар|\bужас\b|хам(?:ит|ил|ств|ло|к)|нахам|\bхам\b|"
    r"\bор[её]т\b|\bорут\b|груб(?:о|"
    r"ая|ый|ит|ил|и[тл])|недовол|верни(?:те)? (?:мне )?(?:мои |наши )?деньг|"
    r"вернуть (?:мне )?деньг|возврат|жалоб|пожал(?:уюсь|оваться)|жалуюсь|роспотребнадзор|прокуратур|"
    r"в суд\b|обман|мошен|развод|сколько (?:же )?можно|недопустим|разочаров|возмутит|возмущ|"
    r"испорти|сожг|обожг|поцарап|помял[иа]?\b|порезал|(?:вы|мне|мастер|у вас) .{0,20}сломали|"
    r"не перезвонил|так и не|до сих пор (?:не|нет)|никто не (?:ответ|перезв|отвеч|взял|приш|вышел)|"
    r"не отвечаете|тишина\b|"
    r"отвал(?:ил|ива)|\b(?:слез|облез|сколол|откололс|потрескал|отош[её]л)\w*|перед[еи]л(?:айте|али|ать)|"
    r"больше (?:не прид|ни ногой|к вам)|отвратно|позор|наглост|беспредел|свинство|криво\b|халтур|"
    r"списали|сняли .{0,12}(?:дважды|два раза|лишн|больше)|дважды|обсчитал|опоздал[аи]? (?:и|на|мастер|"
    r"врач|тренер)|не извини|(?:ждал[аи]?|прожда\w+|сидел[аи]?|просид\w+) .{0,30}(?:час|минут|\d)|"
    r"(?:полчаса|час|\d+ минут) (?:ждал|прождал|просидел)|"
    r"кричал|орал|плачет|сидел\w* в телефон|грязн|воня|нет горячей|опаздыва|за что (?:мы|я) плат|опять (?:не|"
    r"нет|сломал|нахам|перен|"
    r"отмен)|третий (?:день|раз)|обещали|плохо (?:сделал|постриг|подстриг|покрас|обслуж|отнес)|"
    r"ужасно (?:сделал|постриг|подстриг|покрас|обслуж|отнес)|"
    r"не то что (?:хотел|просил)|(?:стало|стал|стук|проблема|течет) .{0,25}(?:после (?:вас|вашего|ремонта|"
    r"замены)|опять|снова)|после (?:вашего|вас) .{0,30}(?:хуже|стуч|теч|болит|не работ|сломал)|"
    r"аллерги\w+ после|претензи|без предупрежд|сорвали|не предупредил|забыли про"
)
_HUMAN = re.compile(
    r"(?:позови|пригласи|соедини|переключи|подключи|переведи|передай(?:те)? (?:меня|диалог))|перезвон|"
    r"позвони(?:те|ть мне| мне|шь)?\b(?! (?:вам|в дверь))|набери(?:те)?\b|наберете|пусть .{0,30}(?:позвон|"
    r"перезвон|напиш|свяж|наберет)|"
    r"(?:поговорить|пообщаться|связаться|разговаривать|говорить|обсудить) с (?:жив|чел|реальн|администр|"
    r"менедж|операт|мастер|врач|доктор|тренер|учител|директор|руковод|кем-|вами по тел|специалист|"
    r"консульт|владель|хозя)|(?:поговорить|пообщаться|связаться) с [а-я]+(?:ом|ой|ем|ей)\b|"
    r"жив(?:ой|ого|ым|ому) (?:челов|операт|сотруд|менедж|администр)|(?:нужен|дайте|можно|"
    r"хочу) (?:\w+ )?(?:оператор|человек|администратор|менеджер|консультант)|оператора?\b$|"
    r"^\W*(?:оператор|администратор|менеджер|человек)\W*$|не с (?:ботом|роботом)|не бот\b|свяжитесь|"
    r"созвон|звонк[ауе]|обратн\w+ звон|есть (?:тут )?(?:кто |кто-нибудь )?(?:живой|живые|люди)|голосом|"
    r"с человеком"
)
_NO_CALL = re.compile(r"не (?:надо |нужно )?(?:звони|перезвани|звонить)|не перезвонил|обещали перезвон")
_CANCEL = re.compile(
    r"\bотмен(?:и|я|у|а|ю|ить|ите)|\bснимай(?:те)?\b.{0,20}запис|\bсними(?:те)?\b.{0,30}(?:запис|меня|нас|"
    r"бронь|с трен|с зан)|вычерк|(?:удали|убери|уберите|удалите|сотри|стереть)(?:те)?\b.{0,30}(?:запис|"
    r"меня|нас|из|бронь|визит|расписан)|"
    r"\bне (?:прид[уеё]м?|приед[уеё]м?|явлюсь|пойду|пойдем|поеду|буд(?:у|ем) (?:приход|завтра|сегодня))|"
    r"\bне (?:смогу|сможем|могу|можем|получ\w+|выйдет|сможет) (?:быть|прийти|придти|приехать|подъехать|"
    r"подойти|попасть|прибыть|посетить)|(?:освободите|освобождайте) (?:время|место|окно)|"
    r"передумал[аи]? (?:приход|ехать|записыв)|"
    r"запись (?:больше )?не (?:нужна|актуальн)|(?:больше )?не актуально|отбой\b|откажусь от|"
    r"отказ(?:ыва\w+|аться) от (?:запис|визит|прием|занят)|не ждите|не жди\b|можете не ждать"
)
_CANNOT = re.compile(
    r"\bне (?:смогу|сможем|могу|можем|получ[а-я]+|выйдет|успева[а-я]+|успе[юе]м?|сможет|вста[а-я]+|"
    r"подходит|удобно|попада[а-я]+)\b|\bникак\b(?!\?)|\bне вариант\b|\bрано\b|\bпоздно\b|\bнеудобно\b"
)
_NOT_CANCEL = re.compile(
    r"не (?:надо |нужно )?отмен(?:я|ите)|(?:вы|мне|нам) отменили|отменили (?:мою|запись|занят)|как отмен|"
    r"можно ли отмен|если (?:я )?(?:не прид|отмен)|(?:штраф|бесплатн\w+) .{0,20}отмен"
)
_RESCHEDULE = re.compile(
    r"перен[её]с|перенос|переноси|передвин|передвиг|\bсдвин|\bсдвиг|перезапи[сш]|перекинь|перекин(?:уть|"
    r"ем) (?:меня|нас|запись|визит)|переставь|переставить|переброс|(?:помен[яй]|измен|"
    r"смен)[а-я]* .{0,20}(?:врем|дат|день|запис)|на другой день|на другое время|на (?:час|полчаса|"
    r"\d+ час[а-я]*|\d+ минут|\d+ недел[а-я]*|\d+ дн[а-я]*|день|неделю) (?:ровно )?(?:позже|попозже|"
    r"позднее|раньше|пораньше)|(?:позже|раньше|попозже|пораньше) на (?:час|полчаса|\d|пару|день|неделю)"
)
_LATER = re.compile(r"попозже|пораньше|позже|раньше|другое время|другой день|в (?:тот|этот) же день")
_STRONG_BOOKING = re.compile(
    r"\bзапи[сш](?:ать|аться|ите|и\b|ывай|ывайте|ываюсь|ь к|ь на|ываться|алась бы|ался бы|усь|емся)|"
    r"\bзаписат|(?:сво[бв]одн[а-я]*|свобод)|окошк|\bокно\b|\bоконц|есть (?:ли )?(?:\w+ )?(?:мест|врем|"
    r"окна|запись|слот)|(?:места|место|запись|время) (?:есть|ест|ещё есть)|забронир|\bбронь|\bбронируй|"
    r"\bбронирую|"
    r"впихн|втисн|когда (?:можно|могу|ближайш|есть|возьмете|примете|смож|у вас есть|удобно)|(?:при|"
    r"возь)м(?:е|ё)те|принять|сможете\b|ближайш\w+ (?:врем|окн|запис|дат|прием)|запись\b(?! разговор)|"
    r"хочу (?:к|на|прийти|попасть|успеть|подъехать)\b|успеть|подъехать|подойду|заеду|зайду|подъеду|"
    r"приду\b|приеду|придем|прикачу|могу (?:прийти|подойти|подъехать|приехать|заехать)|притащу|буду через"
)
_NO_BOOKING = re.compile(r"\bбез (?:предварительной )?записи\b|по записи\?|как записаться\?")
_WEAK_BOOKING = re.compile(
    r"\bхочу\b|\bхотел(?:а|и|ось)? бы|хотим\b|хочется|\bнуж(?:ен|на|но|ны)\b|\bнадо\b|мне бы|\bбы\b|"
    r"\bможно\b|требуется|давай|срочно|\bжелаю|сломал|выпал|болит|помогите|начать|пора\b|реально\b|"
    r"\bполучится\b|\bделаем\b"
)
_PRICE = re.compile(
    r"\bцен[аеуыой]+\b|\bцен\b|ценник|расценк|прайс|стоимост|\bпоч[её]м\b|по чем\b|"
    r"сколько (?:\w+ ){0,3}?(?:сто[ия]т|стоить|будет|выйдет|возьм|бер[её]|денег|руб|плат|обойд|за)|"
    r"сто[ия]т\b|стоить\b|во сколько (?:мне )?обойд|обойдется|дорого|дешевле|дешев|тариф|\bсколько\b\W*$|"
    r"(?:за )?сколько\?|скидк|сумм[аеу]\b|по деньгам|\bруб"
)
_NOT_PRICE = re.compile(
    r"сколько (?:\w+ )?(?:времени|длит|человек|минут|часов|по времени|ждать|занима|идет|дней|мест|раз|"
    r"лет)|(?:до|во|со|с) скол?ьки|во сколько (?:вы|у вас|открыв|закрыв|начин|начал)|"
    r"сколько (?:у вас )?(?:филиал|мастер|зал)|есть (?:ли )?(?:\w+ )?(?:скидк|акци)"
)
_INFO = re.compile(
    r"\bгде\b|\bадрес|как (?:до вас |к вам )?(?:дойти|доехать|добраться|пройти|проехать|найти|попасть|"
    r"подготов|проходит|работа|вы работ|долго|часто|заплат|оплат|это|происх|связат|называ)|до скольк|"
    r"до которого|со скольк|с которого|во сколько (?:вы|у вас|откр|закр|начин)|работаете|работает\b|режим|"
    r"график|часы работы|открыт|открыва|закрыт|закрыва|расписани|"
    r"парков|оплат|картой|налич|\bсбп\b|рассрочк|гаранти|документ|полис\b|\bдмс\b|\bомс\b|что (?:с собой|"
    r"нужно|надо|взять|брать|входит|такое|за)|брать с собой|можно ли|нужно ли|нужн[аоы] ли|обязательно|"
    r"сколько (?:\w+ )?(?:времени|длит|человек|минут|по времени|занима)|"
    r"есть (?:ли|у вас)|у вас есть|вы (?:дела|ремонт|берет|работ|принима|лечит|обслужив|занима)|делаете|"
    r"принимаете|подходит|подойдет|противопоказ|натощак|какие|какой|какая|какое|кто (?:у вас|ведет|"
    r"принима|делает|мастер)|чем отлич|в чем разниц|правда ли|метро|вай-?фай|wifi|душ\b|раздевалк|"
    r"зона ожидан|сайт|инстаграм|телефон\b.{0,12}\?|зум|zoom|онлайн|запчаст|свои\b|марк[аиу] |материал|"
    r"стерил|лицензи|сертификат|подарочн|с детьми|с ребенком|с какого возраста|возраст|новичк|уровень|"
    r"дом[аой]+ на выезд|выезд|на дом\b|расскаж|подскаж|акци[яию]|скидк"
)
_SOFT_INFO = re.compile(
    r"(?:есть (?:ли|у вас)|у вас есть|делаете|принимаете|подскаж|расскаж|какие|какой|какая|какое|можно ли|"
    r"скидк|картой|подойдет|подходит)"
)
_GREETING = re.compile(
    r"\b(?:здравствуй(?:те)?|здравия|привет(?:ик|ствую|ики)?|хай|хелло|hello|hi|салют|приветствую|"
    r"добр(?:ый|ое|ого|ой|ых)\s+(?:день|дня|утро|утра|вечер|вечера|ночи|времени суток|суток|ден)|доброго|"
    r"добрый|доброе|здорово|ку|йо|алло|прив|"
    r"спасибо|спасибки|благодар(?:ю|им|ствую|ность)|сенкс|мерси|пожалуйста|не за что|хорошего (?:дня|"
    r"вечера)|удачи|до (?:свидания|встречи|завтра|связи)|пока|всего доброго|вам|вас|вы|за|ответ|большое|"
    r"огромное|очень|помощь|все|всем|ребята|доктор|мастер|девочки|девушки|мужики|парни|коллеги|господа|и|с|новым годом|"
    r"наступающим|праздником|праздниками|супер|отлично|класс|круто|лучшие|хорошо|понятно|понял[а]?|ясно|"
    r"ок|окей|ага|приятного|отличного|дня|вечера|день|информацию|консультацию|еще раз|так|были|было|у|"
    r"меня|нет|вопросов|больше|рады|рада|рад|спокойной ночи|здоровья|взаимно|тоже|хм|ну|ой|о|thanks|bye|"
    r"доброй|ночи|оперативность|быстрый)\b"
)
_YES = re.compile(
    r"^\W*(?:го|пиши(?:те)?|записывай(?:те)?|да|дп|ага|угу|ок|окей|конечно|хорошо|подтвержд|верно|все верно|"
    r"буд[уе]|придем|приду|приед|"
    r"договор|отлично|супер|согласн|подходит|подойдет|ладно|точно|обязательно|так точно|есть|добро|идет|"
    r"ждите|годится|плюс|yes|устраивает|в силе|непременно|удобно|давайте|норм|👍|👌|✅|🙏|💪|\+)"
)
_YES_INSIDE = re.compile(
    r"\bподтвержд|\bподойдет\b|\bподходит\b|\bвсе верно|\bв силе\b|\bбуд(?:у|ем)\b|\bприд(?:у|ем)\b|"
    r"\bприед(?:у|ем)\b|\bустраивает\b|\bсогласн|\bвариант|\bда\b|\bудобно\b"
)
_NO = re.compile(
    r"\bне (?:подход|подойд|прид|приед|смог|смож|мог|устраив|получ|буд|удобн|над|успе|подтвержд)|"
    r"^\W*нет\b|\bнеудобно\b|\bотмен|\bрано\b|\bпоздно\b|перен[еоё]с|перенос"
)

_MACHINE = re.compile(
    r"\bты (?:\w+ )?бот\b|вы (?:\w+ )?(?:бот|робот)\b|это (?:\w+ )?(?:бот|робот)\b|\bбот (?:или|что ли)|"
    r"робот (?:или|что ли)|(?:с кем|кто) (?:я )?(?:говорю|общаюсь|мне отвечает|тут отвечает)|"
    r"живой (?:вы )?или|человек или|are you (?:a )?(?:bot|robot|human|real)|you a bot"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sense:
    """The intent, and whether anything in the text spoke for it."""

    intent: Intent
    confident: bool = True


def sense(
    message: Message,
    spoken: Spoken,
    *,
    services: tuple[str, ...],
    context: str,
    offered: int,
    chosen: bool,
) -> Sense:
    """The intent of one message.

    context   the bot's last message; offered: how many moments it named; chosen: the text picks one of them
    """
    text = message.plain
    if _is_spam(message, services) and not asks_if_machine(text):
        return Sense(intent=Intent.SPAM)
    if not services and re.search(r"\bты\b", text) and _calls_by_name(text):
        return Sense(intent=Intent.SPAM)
    wants_time = spoken.names_a_time or bool(spoken.wanted)
    reminded = offered == 1 and not re.search(
        r"свободн|могу предлож|\bесть (?:врем|мест|окн|\w+,)|подойдет|удобно", context.lower()
    )
    if offered and chosen and not _COMPLAINT.search(text) and not _is_human(text) and not _CANCEL.search(text):
        return Sense(intent=Intent.CONFIRM)
    if _COMPLAINT.search(_without_symptoms(text)):
        return Sense(intent=Intent.COMPLAINT)
    if _is_human(text):
        return Sense(intent=Intent.HUMAN)
    moves = bool(_RESCHEDULE.search(text)) or (
        reminded and (_LATER.search(text) or (wants_time and not _CANCEL.search(text)))
    )
    cannot = _CANNOT.search(text)
    moves = moves or _changes_time(spoken, services, text)
    if not moves and cannot and wants_time and spoken.standing and not services_only(spoken, services):
        moves = True
    if _CANCEL.search(text) and not _NOT_CANCEL.search(text):
        moved = moves or (wants_time and spoken.standing and re.search(r"\bдавай|\bлучше|\bможно|\bзапиши", text))
        return Sense(intent=Intent.RESCHEDULE if moved else Intent.CANCEL)
    if moves:
        return Sense(intent=Intent.RESCHEDULE)
    if reminded and (_NO.search(text) or cannot):
        return Sense(intent=Intent.CANCEL)
    if cannot and not wants_time and spoken.standing and not services:
        return Sense(intent=Intent.CANCEL)
    return _plain(text, services, wants_time, context)


def _changes_time(spoken: Spoken, services: tuple[str, ...], text: str) -> bool:
    """«Не в 12, а в 14», «записан на 14, можно пораньше»: a visit stands and another time is asked for."""
    refused = any(isinstance(item, Times) for item in spoken.dropped)
    wanted = any(isinstance(item, Times) for item in spoken.wanted)
    return (refused and wanted and not services) or bool(spoken.standing and _LATER.search(text))


def services_only(spoken: Spoken, services: tuple[str, ...]) -> bool:
    return not spoken.standing and bool(services)


def _plain(text: str, services: tuple[str, ...], wants_time: bool, context: str) -> Sense:
    strong = _STRONG_BOOKING.search(text)
    weak = _WEAK_BOOKING.search(text)
    price = bool(_PRICE.search(text)) and not (_NOT_PRICE.search(text) and not re.search(r"стои|цен|прайс", text))
    info = _INFO.search(text)
    asking = "?" in text
    if asks_if_machine(text) and not services and not wants_time:
        return Sense(intent=Intent.INFO)
    price = price or bool(services and re.search(r"\bсколько\b", text) and not info)
    if _NO_BOOKING.search(text) and not wants_time:
        return Sense(intent=Intent.INFO)
    if strong and not _is_about_hours(text) and not (price and not wants_time and not re.search(r"запи[сш]", text)):
        return Sense(intent=Intent.BOOKING)
    if wants_time and (services or weak) and not _is_about_hours(text) and not (price and not weak):
        return Sense(intent=Intent.BOOKING)
    if price:
        return Sense(intent=Intent.PRICE)
    if info and (not services or not weak or asking or not _SOFT_INFO.search(text)):
        return Sense(intent=Intent.INFO) if not (weak and services and not asking) else Sense(intent=Intent.BOOKING)
    if services and (weak or not asking):
        return Sense(intent=Intent.BOOKING)
    if not _GREETING.sub("", text).strip(" \t\n.,!?)(-:;*\"'") or not re.search(
        r"[а-яa-z0-9]", _GREETING.sub("", text)
    ):
        return Sense(intent=Intent.SMALLTALK)
    if wants_time and not _is_about_hours(text):
        return Sense(intent=Intent.BOOKING)
    if services or weak:
        return Sense(intent=Intent.INFO if asking else Intent.BOOKING, confident=bool(services))
    if _asks_details(context):
        return Sense(intent=Intent.BOOKING)
    if _is_private(text):
        return Sense(intent=Intent.SPAM, confident=False)
    return Sense(intent=Intent.INFO, confident=bool(info) or asking)


def asks_if_machine(folded: str) -> bool:
    return bool(_MACHINE.search(folded))


def says_yes(text: str) -> bool:
    return bool((_YES.search(text) or _YES_INSIDE.search(text)) and not _NO.search(text))


def _is_about_hours(text: str) -> bool:
    return bool(
        re.search(
            r"до скольк|со скольк|во сколько (?:вы|у вас|откр|закр)|работает|\bработаю|открыт|открыва|закрыва|"
            r"график|режим",
            text,
        )
    ) and not re.search(r"\bзапи[сш]|\bдавай|\bхочу\b|\bнадо\b", text)


def _is_human(text: str) -> bool:
    return bool(_HUMAN.search(text)) and not _NO_CALL.search(text)


def _without_symptoms(text: str) -> str:
    """Pain and breakage of the customer's own are no complaint: «зуб болит ужасно», «это ужас как стучит»."""
    return re.sub(
        r"(?:болит|болят|ломит|стучит|скрипит|ноет) ужас\w*|(?:ногт|волос|корн|бров|кончик|голов|"
        r"зуб)\w* (?:[а-я]+ )?ужас\w*|ужас\w* (?:болит|болят|стучит|как|зуб)",
        " ",
        text,
    )


def _is_spam(message: Message, services: tuple[str, ...]) -> bool:
    text = message.plain
    business_like = bool(services) and bool(_STRONG_BOOKING.search(text) or _PRICE.search(text))
    if phones.has_link(message.raw) and not business_like:
        return True
    return bool(_SPAM.search(text)) and not business_like and not re.search(r"у вас|сертификат", text)


def _is_private(text: str) -> bool:
    return bool(_PRIVATE.search(text)) or _calls_by_name(text)


def _calls_by_name(text: str) -> bool:
    """«Кать, ты дома?»: the colloquial vocative opens it."""
    first = re.findall(r"[а-я]+", text)[:1]
    return any(morphology.may_be(word, "Name", "voct") for word in first)


def _asks_details(context: str) -> bool:
    return bool(re.search(r"запис|когда|на како|имя|зовут|удобно", context.lower()))

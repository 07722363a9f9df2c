"""The site's chat over real HTTP: two gateways on one Redis, a page that reconnects, doors that stay shut."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
import uvicorn
from redis.asyncio import Redis

from app.domain.conversation import conversation_id
from app.domain.mail import Received
from app.main import build
from app.settings import Settings
from app.store import chat as store_chat
from app.store import keys
from app.store.birth import open_store
from app.store.chat import Chat
from app.store.link import Link, StoreError
from app.store.mailbox import Mailbox
from app.web import chat

SITE = "https://salon.example.com"
KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Event:
    id: str
    message: dict[str, Any]


class Page:
    """What the browser's page does, on one gateway."""

    def __init__(self, client: httpx.AsyncClient, session: str, token: str) -> None:
        self.client, self.session, self.token = client, session, token

    async def write(self, text: str, line: str, **fields: object) -> httpx.Response:
        body = {"session": self.session, "token": self.token, "id": line, "text": text, **fields}
        return await self.client.post("/chat/messages", json=body)

    @contextlib.asynccontextmanager
    async def events(self, last: str = "") -> AsyncIterator[AsyncIterator[Event]]:
        where = {"session": self.session, "token": self.token}
        headers = {"Last-Event-ID": last} if last else {}
        async with self.client.stream("GET", "/chat/events", params=where, headers=headers) as response:
            assert 200 == response.status_code, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            yield _events(response)

    def on(self, client: httpx.AsyncClient) -> "Page":
        return Page(client, self.session, self.token)


async def _events(response: httpx.Response) -> AsyncIterator[Event]:
    entry = ""
    async for line in response.aiter_lines():
        if line.startswith("id: "):
            entry = line.removeprefix("id: ")
        elif line.startswith("data: "):
            yield Event(entry, orjson.loads(line.removeprefix("data: ")))


async def take(events: AsyncIterator[Event], count: int) -> list[Event]:
    async with asyncio.timeout(5):
        return [await anext(events) for _ in range(count)]


@contextlib.asynccontextmanager
async def gateway(redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    app = build(Settings.load(env_file=None), redis_url)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the gateway did not start"
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:
            yield client
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("PROFILE", "profiles/salon.yaml")
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("WIDGET_ORIGINS", SITE)
    return monkeypatch


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Link]:
    link = Link(redis_url)
    await open_store(link)
    yield link
    await link.close()


@pytest.fixture
async def worker(redis_url: str, link: Link) -> AsyncIterator[Chat]:
    """The chat as a worker sees it: over a connection of its own."""
    async with Redis.from_url(redis_url, decode_responses=True) as blocking:
        yield Chat(link, blocking)


@pytest.fixture
async def here(environment: pytest.MonkeyPatch, link: Link, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(redis_url) as client:
        yield client


@pytest.fixture
async def there(environment: pytest.MonkeyPatch, link: Link, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(redis_url) as client:
        yield client


async def opened(client: httpx.AsyncClient) -> Page:
    answer = await client.post("/chat/sessions")
    assert 201 == answer.status_code, answer.text
    return Page(client, **answer.json())


@pytest.fixture
async def page(here: httpx.AsyncClient) -> Page:
    return await opened(here)


def reply(text: str) -> dict[str, object]:
    return {"text": text, "buttons": [{"title": "Да", "payload": "yes"}]}


async def mailbox_of(link: Link, session: str) -> list[Received]:
    reading = await Mailbox(link).read(conversation_id("site", "site", session))
    return [mail for mail in reading.mails if isinstance(mail, Received)]


async def test_a_reply_reaches_a_page_on_another_gateway_within_a_second(
    page: Page, there: httpx.AsyncClient, worker: Chat
) -> None:
    async with page.events() as at_one, page.on(there).events() as at_other:
        for number in range(3):
            began = time.monotonic()
            entry = await worker.append(page.session, f"si-1:{number}:0", reply(f"ответ {number}"))
            [[one], [other]] = await asyncio.gather(take(at_one, 1), take(at_other, 1))
            assert time.monotonic() - began < 1
            assert one == other
            assert entry == one.id == one.message["id"]
            assert ("assistant", f"ответ {number}") == (one.message["from"], one.message["text"])
            assert [{"title": "Да", "payload": "yes"}] == one.message["buttons"]


async def test_a_managers_answer_is_told_from_the_assistants(page: Page, worker: Chat) -> None:
    await worker.append(page.session, "si-1:comment", {**reply("это Анна"), "from": "person"})
    async with page.events() as events:
        [event] = await take(events, 1)
    assert "person" == event.message["from"]


async def test_a_reconnect_replays_exactly_what_was_missed(page: Page, there: httpx.AsyncClient, worker: Chat) -> None:
    await worker.append(page.session, "a", reply("раз"))
    async with page.events() as events:
        [first] = await take(events, 1)
    missed = [await worker.append(page.session, f"b{number}", reply(f"{number}")) for number in range(250)]
    async with page.on(there).events(first.id) as events:
        assert missed == [event.id for event in await take(events, 250)]
        later = await worker.append(page.session, "c", reply("после"))
        assert [later] == [event.id for event in await take(events, 1)]


async def test_the_address_may_name_the_last_event_too(page: Page, worker: Chat) -> None:
    first, second = [await worker.append(page.session, name, reply(name)) for name in ("a", "b")]
    where = {"session": page.session, "token": page.token, "after": first}
    async with page.client.stream("GET", "/chat/events", params=where) as response:
        assert [second] == [event.id for event in await take(_events(response), 1)]


@pytest.mark.parametrize("last", ["nonsense", "1-1 COUNT 1", "9" * 30 + "-0", "-", "²-0"])
async def test_an_unknown_last_event_replays_everything(page: Page, worker: Chat, last: str) -> None:
    entry = await worker.append(page.session, "a", reply("раз"))
    where = {"session": page.session, "token": page.token, "after": last}
    async with page.client.stream("GET", "/chat/events", params=where) as response:
        assert [entry] == [event.id for event in await take(_events(response), 1)]


async def test_a_message_is_safe_in_the_mailbox_of_the_sites_channel(page: Page, link: Link) -> None:
    where = {"page_url": "https://salon.example.com/?utm_source=vk", "referrer": "https://vk.com/"}
    answer = await page.write("Сколько стоит маникюр?", "line-0001", name="Анна", phone="8 921 000-00-01", **where)
    assert (202, True) == (answer.status_code, answer.json()["typing"])
    [mail] = await mailbox_of(link, page.session)
    message = mail.message
    assert ("site", "site", page.session) == (message.channel, message.account, message.customer_id)
    assert f"{page.session}:line-0001" == message.message_id
    assert ("Сколько стоит маникюр?", "Анна", "+79210000001") == (message.text, message.name, message.phone.number)
    assert not message.phone.proven
    assert "vk" == message.source.utm_source


async def test_the_same_id_twice_is_one_message_and_one_line(
    page: Page, there: httpx.AsyncClient, link: Link, worker: Chat
) -> None:
    answers = await asyncio.gather(
        *(page.on(client).write("здравствуйте", "line-0001") for client in [there, page.client] * 3)
    )
    assert {202} == {answer.status_code for answer in answers}
    assert 1 == len({answer.json()["id"] for answer in answers})
    assert 1 == len(await mailbox_of(link, page.session))
    assert 1 == len(await worker.since(page.session, "0-0"))


async def test_own_messages_are_there_after_a_reload(page: Page, worker: Chat) -> None:
    await page.write("здравствуйте", "line-0001")
    await worker.append(page.session, "a", reply("добрый день"))
    async with page.events() as events:
        own, answer = await take(events, 2)
    assert ("customer", "line-0001", "здравствуйте") == tuple(own.message[name] for name in ("from", "key", "text"))
    assert "assistant" == answer.message["from"]


async def test_a_pressed_button_brings_its_payload(page: Page, link: Link) -> None:
    await page.write("Да", "line-0001", payload="yes")
    [mail] = await mailbox_of(link, page.session)
    assert ("button", "yes", "Да") == (mail.message.kind, mail.message.payload, mail.message.text)


async def test_a_forged_token_neither_reads_nor_writes(page: Page, here: httpx.AsyncClient, link: Link) -> None:
    other = await opened(here)
    for token in (other.token, "", "ы", page.token[:-1] + ("0" if page.token[-1] != "0" else "1")):
        forged = Page(here, page.session, token)
        assert 403 == (await forged.write("привет", "line-0001")).status_code
        where = {"session": page.session, "token": token}
        assert 403 == (await here.get("/chat/events", params=where)).status_code
    assert [] == await mailbox_of(link, page.session)


async def test_without_a_secret_key_the_gateways_share_a_random_one(
    environment: pytest.MonkeyPatch, link: Link, redis_url: str
) -> None:
    environment.delenv("SECRET_KEY")
    async with gateway(redis_url) as one, gateway(redis_url) as other:
        page = await opened(one)
        assert 202 == (await page.on(other).write("привет", "line-0001")).status_code
        assert 403 == (await Page(other, page.session, "0" * 64).write("привет", "line-0002")).status_code


async def test_sessions_are_unguessable(here: httpx.AsyncClient) -> None:
    made = [(await opened(here)).session for _ in range(20)]
    assert 20 == len(set(made))
    assert 24 == min(len(session) for session in made)  # of 64 letters each: 144 bits


async def test_a_session_writes_so_many_messages_a_minute(page: Page, here: httpx.AsyncClient, link: Link) -> None:
    answers = [await page.write("ещё", f"line-{number:04}") for number in range(chat.MESSAGES_OF_SESSION + 1)]
    assert [202] * chat.MESSAGES_OF_SESSION + [429] == [answer.status_code for answer in answers]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert chat.MESSAGES_OF_SESSION == len(await mailbox_of(link, page.session))
    assert 202 == (await (await opened(here)).write("другой", "line-0001")).status_code


async def test_an_address_opens_so_many_sessions_a_minute(here: httpx.AsyncClient, redis_client: Redis) -> None:
    answers = [await here.post("/chat/sessions") for _ in range(chat.SESSIONS_OF_ADDRESS + 1)]
    assert [201] * chat.SESSIONS_OF_ADDRESS + [429] == [answer.status_code for answer in answers]
    assert not [key async for key in redis_client.scan_iter("*127.0.0.1*")]  # an address is personal data
    assert all([0 < await redis_client.ttl(key) <= 60 async for key in redis_client.scan_iter("otklik:rate:*")])


async def test_a_full_window_counts_nothing_in_the_others(worker: Chat) -> None:
    full, free = (store_chat.Limit(name, 1, chat.MINUTE) for name in ("full", "free"))
    assert not await worker.wait(full)
    assert await worker.wait(full, free)
    assert not await worker.wait(free)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "а" * 4000}, 202),
        ({"text": "а" * 4001}, 422),
        ({"text": "\U0001f600" * 4000}, 202),
        ({"text": "  \n "}, 422),
        ({"text": None}, 422),
        ({"id": "short"}, 422),
        ({"id": "line 0001"}, 422),
        ({"name": "а" * 201}, 422),
        ({"page_url": "https://salon.example.com/" + "a" * 80_000}, 413),
        ({"session": "a" * 65}, 422),
    ],
)
async def test_a_message_keeps_to_its_bounds(page: Page, body: dict[str, object], status: int) -> None:
    plain = {"session": page.session, "token": page.token, "id": "line-0001", "text": "привет"}
    assert status == (await page.client.post("/chat/messages", json=plain | body)).status_code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'"text"',
        b"\xff\xfe",
        b'{"text": 1}',
        b'{"session": "\\ud800", "id": "line-0001", "text": "x"}',
    ],
)
async def test_a_body_that_is_no_message_is_refused_without_a_crash(page: Page, body: bytes) -> None:
    as_json = {"content-type": "application/json"}
    assert 422 == (await page.client.post("/chat/messages", content=body, headers=as_json)).status_code
    assert 415 == (await page.client.post("/chat/messages", content=body)).status_code


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (SITE, True),
        ("https://evil.example.com", False),
        ("http://salon.example.com", False),
        ("https://salon.example.com.evil.example", False),
        ("null", False),
    ],
)
async def test_only_listed_sites_and_ours_may_write(page: Page, origin: str, allowed: bool) -> None:
    page.client.headers["origin"] = origin
    assert (202 if allowed else 403) == (await page.write("привет", "line-0001")).status_code
    assert (201 if allowed else 403) == (await page.client.post("/chat/sessions")).status_code


async def test_our_own_page_may_write_behind_any_proxy(page: Page) -> None:
    for scheme in ("http", "https"):  # who ends TLS may leave us http
        page.client.headers["origin"] = f"{scheme}://{page.client.base_url.netloc.decode()}"
        assert 202 == (await page.write("привет", f"line-{scheme}")).status_code


async def test_the_page_holds_no_secret_and_lets_nothing_in(here: httpx.AsyncClient) -> None:
    answer = await here.get("/chat")
    assert 200 == answer.status_code
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", f"frame-ancestors 'self' {SITE}"} < {*policy}
    assert "unsafe" not in answer.headers["content-security-policy"]
    files = [(await here.get(f"/chat/{name}")).text for name in ("chat.js", "chat.css", "widget.js")]
    assert KEY not in "".join([answer.text, *files])
    assert "<style" not in answer.text
    assert " style=" not in answer.text


async def test_the_page_names_the_business_and_its_hours_in_the_visitors_language(here: httpx.AsyncClient) -> None:
    russian = (await here.get("/chat", headers={"accept-language": "ru-RU,ru;q=0.9,en;q=0.8"})).text
    english = (await here.get("/chat", headers={"accept-language": "de,en-GB;q=0.9"})).text
    assert 'lang="ru"' in russian
    assert 'lang="en"' in english
    for text, hours in ((russian, "10:00"), (english, "10:00")):
        assert "Салон красоты «Нева»" in text
        assert hours in text
    assert "пн–пт" in russian
    assert 'lang="ru"' in (await here.get("/chat")).text  # the business's own


async def test_the_page_opens_while_redis_is_away(environment: pytest.MonkeyPatch) -> None:
    async with gateway("redis://127.0.0.1:1") as client:
        assert 200 == (await client.get("/chat")).status_code
        assert 200 == (await client.get("/chat/chat.js")).status_code
        answer = await client.post("/chat/sessions")
        assert (503, "2") == (answer.status_code, answer.headers["retry-after"])


async def test_a_wiped_store_takes_no_message(page: Page, redis_client: Redis) -> None:
    await redis_client.delete(keys.BIRTH)
    assert 503 == (await page.write("привет", "line-0001")).status_code


async def test_a_page_that_left_is_not_followed_any_more(worker: Chat) -> None:
    lines = worker.follow("s", "0-0", 5)
    assert [] == await anext(lines)
    assert 1 == worker.open_pages
    await lines.aclose()
    assert 0 == worker.open_pages


async def test_a_browser_that_left_is_not_followed_any_more(page: Page, redis_client: Redis) -> None:
    async with page.events() as events:
        await page.write("здравствуйте", "line-0001")
        await take(events, 1)
        await _until(redis_client, 1)
    await _until(redis_client, 0)


async def test_one_chat_is_open_on_so_many_pages_of_a_gateway(page: Page) -> None:
    async with contextlib.AsyncExitStack() as tabs:
        for _ in range(chat.OPEN_PAGES_OF_SESSION):
            await tabs.enter_async_context(page.events())
        where = {"session": page.session, "token": page.token}
        assert 429 == (await page.client.get("/chat/events", params=where)).status_code


async def test_a_silent_chat_beats(worker: Chat) -> None:
    lines = worker.follow("s", "0-0", 0.05)
    assert [[], [], []] == [await anext(lines) for _ in range(3)]
    await lines.aclose()


async def test_news_are_heard_again_after_the_subscription_broke(worker: Chat, redis_client: Redis) -> None:
    lines = worker.follow("s", "0-0", 30)
    assert [] == await anext(lines)
    await _until(redis_client, 1)
    await redis_client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    entry = await worker.append("s", "a", reply("раз"))  # while nobody listens
    async with asyncio.timeout(5):
        assert [entry] == [line.id for line in await anext(lines)]
    await lines.aclose()


async def _until(redis_client: Redis, listeners: int) -> None:
    async with asyncio.timeout(5):
        while dict([(await redis_client.pubsub_numsub(store_chat.WAKES))[0]])[store_chat.WAKES.encode()] != listeners:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("broken", ["otklik:chat:s", "otklik:chat:known:s"])
async def test_a_key_of_a_wrong_type_is_left_as_it_was(worker: Chat, redis_client: Redis, broken: str) -> None:
    await redis_client.set(broken, "a stranger's")
    with pytest.raises(StoreError):
        await worker.append("s", "a", reply("раз"))
    assert b"a stranger's" == await redis_client.get(broken)
    assert [broken.encode()] == [key async for key in redis_client.scan_iter("otklik:chat:*")]

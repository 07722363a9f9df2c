"""A gateway stays small under load, and a conversation costs a known number of bytes."""

from collections import Counter

from app.store import keys
from app.store.link import Link
from bench import customers, house, material
from bench.load import paced, wrk
from bench.options import Options
from bench.report import Promise, Report, Table

CONVERSATIONS = 2000
PER_SECOND = 60
LINES = 60_000
FAMILIES = {
    "c:": "conversation",
    "m:": "mailbox",
    "o:": "outbox",
    "s:": "sent ids",
    "r:": "card",
    "l:": "lines not in the card yet",
    "p:": "person",
    "seen:": "seen marks (7 days)",
    "journal:": "journal (100 days)",
}


async def run(options: Options) -> Report:
    count = options.of(CONVERSATIONS, least=100)
    async with house.town(workers=1, portal=True) as town:
        link, gateway = Link(town.redis_url), town.processes["gateway0"].pid
        rss = [house.rss_mb(gateway)]
        before = await _used(link)
        webhooks = await customers.new_customers(town, count, first=1)
        await paced(town.gateway_urls[0], webhooks, per_second=PER_SECOND)
        rested = await customers.at_rest(link, most_seconds=240)
        used, families = await _used(link) - before, await _families(link)
        rss.append(house.rss_mb(gateway))
        loaded = options.seconds * 5
        worker = house.rss_mb(town.processes["worker0"].pid)
        town.kill("worker0")
        file = material.write(
            material.telegram(LINES, town.env["TELEGRAM_WEBHOOK_SECRET"], chats=5000, first=10 * count),
            town.directory / "webhooks.txt",
        )
        url = f"{town.gateway_urls[0]}/webhooks/telegram"
        rate = await wrk(url, material.TELEGRAM, file, connections=64, seconds=loaded)
        rss.append(house.rss_mb(gateway))
        await link.close()
    whole = used / count
    seen = families["seen marks (7 days)"] / count
    rows = [(name, f"{size / count:.0f}") for name, size in families.most_common()]
    return Report(
        promises=[
            Promise(
                what=f"gateway after {count} conversations and {rate.per_second * loaded:.0f} webhooks more",
                promised="≤ 150 MB",
                measured=f"{rss[2]:.0f} MB (at start {rss[0]:.0f}, between {rss[1]:.0f})",
                kept=rss[2] <= 150,
            ),
            Promise(what="worker", promised="–", measured=f"{worker:.0f} MB"),
            Promise(
                what="Redis for a conversation of one question, answered and registered",
                promised="–",
                measured=f"{whole:.0f} bytes, {whole - seen:.0f} without its seen mark",
            ),
        ],
        tables=[Table(title="Bytes a conversation, by MEMORY USAGE.", heads=("what", "bytes"), rows=rows)],
        how=[
            f"{count} conversations at {PER_SECOND}/s" + ("" if rested else "; **the house did not come to rest**"),
            "Redis's own figure is the growth of used_memory, which counts its tables as well",
        ],
    )


async def _used(link: Link) -> int:
    text: str = await link.command("INFO", "memory")
    return int(text.split("used_memory:")[1].split()[0])


async def _families(link: Link) -> Counter[str]:
    sizes: Counter[str] = Counter()
    cursor = "0"
    while True:
        cursor, page = await link.command("SCAN", cursor, "COUNT", 500)
        for key in page:
            rest = key.removeprefix(keys.PREFIX)
            family = next((name for prefix, name in FAMILIES.items() if rest.startswith(prefix)), "shared structures")
            sizes[family] += int(await link.command("MEMORY", "USAGE", key, "SAMPLES", 0) or 0)
        if cursor == "0":
            return sizes

"""Random bookings with moves, cancels, late ones, nights and zones: what is sent is what an independent model says."""

from collections import Counter
from pathlib import Path

from app.profiles import load
from bench import remind_model
from bench.options import Options
from bench.remind_story import life
from bench.report import Promise, Report

BOOKINGS = 5_000
SHOWN = 5


async def run(options: Options) -> Report:
    business, tally, wrong = load(Path("profiles") / "salon.yaml"), Counter[str](), list[str]()
    count = options.of(BOOKINGS, least=50)
    for number in range(count):
        one = life(number, business)
        one.lead()
        expected = remind_model.sends(one.stood, one.rules)
        tally["sends"] += len(one.sent)
        tally["doubled"] += len(one.sent) - len(set(one.sent))
        tally["dead"] += one.dead
        tally["changes"] += len(one.stood) - 1
        if sorted(one.sent) != expected:
            wrong.append(f"booking {number}: sent {one.sent}, expected {expected}")
    return Report(
        promises=[
            Promise(
                what=f"of {count} bookings, other sends than the model's",
                promised="0",
                measured=str(len(wrong)),
                kept=not wrong,
            ),
            Promise(
                what="reminders of dead bookings", promised="0", measured=str(tally["dead"]), kept=tally["dead"] == 0
            ),
            Promise(
                what="reminders sent twice", promised="0", measured=str(tally["doubled"]), kept=tally["doubled"] == 0
            ),
            Promise(what="reminders sent", promised="–", measured=str(tally["sends"])),
        ],
        how=[
            "booked, then moved or cancelled up to three times: by the customer, in the portal, by a lost deal",
            "the model (bench/remind_model.py) walks minute by minute and imports nothing of the app",
            *wrong[:SHOWN],
        ],
    )

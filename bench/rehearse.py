"""A week of scripted customers against each of the shipped profiles: ready or not, in how many minutes, twice alike."""

import time
from pathlib import Path

from app.flow import rehearse
from app.flow.rehearse.report import Report as Readiness
from app.flow.rehearse.report import lines
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table

MESSAGES = 100
MINUTES = 2.0  # «a week in about a minute», on cores shared by everything that runs


async def run(options: Options) -> Report:
    messages = options.of(MESSAGES, least=10)
    rows, ready = [], 0
    profiles = sorted((ROOT / "profiles").glob("*.yaml"))
    longest = 0.0
    for profile in profiles:
        report, seconds = await _rehearsed(profile, messages)
        rows.append((profile.stem, report.verdict, f"{seconds / 60:.1f} min", "; ".join(report.reasons) or "–"))
        ready += report.is_ready
        longest = max(longest, seconds)
    again, _ = await _rehearsed(profiles[0], messages)
    first, _ = await _rehearsed(profiles[0], messages)
    same = list(lines(again)) == list(lines(first))
    return Report(
        promises=[
            Promise(
                what="profiles that are ready",
                promised=str(len(profiles)),
                measured=str(ready),
                kept=ready == len(profiles),
            ),
            Promise(
                what="the longest rehearsal",
                promised=f"≤ {MINUTES:g} min",
                measured=f"{longest / 60:.1f} min",
                kept=longest <= 60 * MINUTES,
            ),
            Promise(what="the same seed again", promised="the same report", measured=_yes(same), kept=same),
        ],
        tables=[Table(title="Each profile.", heads=("profile", "verdict", "took", "reasons"), rows=rows)],
        how=[f"{messages} words of customers, seed 1, the coming week; a gateway, a worker, Redis and the sandbox"],
    )


async def _rehearsed(profile: Path, messages: int) -> tuple[Readiness, float]:
    began = time.monotonic()
    report = await rehearse.run(rehearse.Wish(profile=profile, messages=messages))
    return report, time.monotonic() - began


def _yes(same: bool) -> str:
    return "byte for byte" if same else "differs"

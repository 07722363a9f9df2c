"""`python -m bench [name …]`: all benches, or some; each section of RESULTS.md is kept as soon as it is measured."""

import argparse
import sys
import time
from importlib import import_module

import uvloop

from bench import report
from bench.options import Options

BENCHES = (
    "ack",
    "start",
    "reply",
    "memory",
    "register",
    "bulk",
    "outage",
    "due",
    "race",
    "reminders",
    "waiting",
    "month",
    "truth",
    "understand",
    "storm",
    "bodies",
    "models",
    "private",
    "doors",
    "rehearse",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one run under full load")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full sizes")
    parser.add_argument("--dry", action="store_true", help="print, leave RESULTS.md alone")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; expected some of {', '.join(BENCHES)}")
    options = Options(rounds=given.rounds, seconds=given.seconds, scale=given.scale)
    command = " ".join(["python -m bench", "{name}", f"--rounds {given.rounds} --seconds {given.seconds:g}"])
    command += f" --scale {given.scale:g}"
    for name in given.names or BENCHES:
        bench = import_module(f"bench.{name}")
        proves = (bench.__doc__ or "").strip()
        print(f"{name}: {proves}", file=sys.stderr, flush=True)
        began = time.monotonic()
        found = uvloop.run(bench.run(options))
        text = report.section(name, proves, command.format(name=name), found)
        print(f"{text}\n({time.monotonic() - began:.0f} s)\n", flush=True)
        if not given.dry:
            report.keep(name, text)


if __name__ == "__main__":
    main()

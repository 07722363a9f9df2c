"""The alerts name metrics and labels that exist."""

import re
from pathlib import Path

import yaml

from app.observe.metrics import METRICS

BUILT_IN = {"le", "severity"}


def rules(repository: Path) -> list[dict[str, str]]:
    groups = yaml.safe_load((repository / "deploy/prometheus-rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_metric_of_a_rule_is_declared(repository: Path) -> None:
    named = {name for rule in rules(repository) for name in re.findall(r"otklik_\w+", rule["expr"])}
    assert len(named) > 5
    assert {name for name in named if name.removesuffix("_bucket") not in METRICS} == set()


def test_every_label_of_a_rule_belongs_to_its_metric(repository: Path) -> None:
    for rule in rules(repository):
        metrics = [name.removesuffix("_bucket") for name in re.findall(r"otklik_\w+", rule["expr"])]
        known = BUILT_IN.union(*(METRICS[name].labels for name in metrics))
        used = re.findall(r"(\w+)=\"", rule["expr"]) + re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))
        grouped = [
            label.strip() for inside in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in inside.split(",")
        ]
        assert {*used, *grouped} <= known, rule["alert"]


def test_a_bucket_that_a_rule_asks_for_exists(repository: Path) -> None:
    asked = [
        (name, float(bound))
        for rule in rules(repository)
        for name, bound in re.findall(r"(otklik_\w+)_bucket\{le=\"([\d.]+)\"", rule["expr"])
    ]
    assert asked
    assert [name for name, bound in asked if bound not in METRICS[name].buckets] == []

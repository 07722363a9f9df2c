"""Every metric, declared in one place; counted in the process, kept in Redis, shown by whichever gateway is asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

SECONDS = (0.005, 0.01, 0.05, 0.15, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 60.0)
RESPONSE = (1.0, 3.0, 5.0, 20.0, 60.0, 180.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """kind: `counter`, `gauge` or `histogram`. A histogram has a bucket at each promised limit."""

    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


METRICS: dict[str, Metric] = {
    "otklik_messages_received_total": Metric(kind="counter", help="Messages accepted.", labels=("channel", "kind")),
    "otklik_messages_repeated_total": Metric(kind="counter", help="Redelivered messages.", labels=("channel",)),
    "otklik_messages_ignored_total": Metric(kind="counter", help="Genuine, no work.", labels=("channel", "reason")),
    "otklik_webhooks_refused_total": Metric(kind="counter", help="Webhooks refused.", labels=("channel", "reason")),
    "otklik_delivery_statuses_total": Metric(kind="counter", help="Statuses of ours.", labels=("channel", "status")),
    "otklik_outbox_struck_total": Metric(kind="counter", help="Struck before leaving.", labels=("kind",)),
    "otklik_sent_total": Metric(kind="counter", help="Outgoing texts by fate.", labels=("channel", "kind", "fate")),
    "otklik_bookings_total": Metric(kind="counter", help="Commands for the diary.", labels=("fate",)),
    "otklik_slots_freed_total": Metric(kind="counter", help="Times that became free again."),
    "otklik_replies_total": Metric(kind="counter", help="Drafts by their source.", labels=("source",)),
    "otklik_guards_fired_total": Metric(kind="counter", help="Guards that replaced a sentence.", labels=("guard",)),
    "otklik_journal_events_total": Metric(kind="counter", help="Journal events.", labels=("kind",)),
    "otklik_sla_clocks_total": Metric(
        kind="counter", help="Clocks by outcome.", labels=("policy", "target", "outcome")
    ),
    "otklik_vendor_calls_total": Metric(
        kind="counter", help="Vendor calls.", labels=("vendor", "operation", "outcome")
    ),
    "otklik_model_tokens_total": Metric(kind="counter", help="Tokens of models.", labels=("model", "direction")),
    "otklik_model_cost_total": Metric(kind="counter", help="Cost of models by the prices set.", labels=("model",)),
    "otklik_models_capped_total": Metric(kind="counter", help="Turns that the day's cap left to the rules."),
    "otklik_cards_registered_total": Metric(kind="counter", help="Cards created in the CRM.", labels=("channel",)),
    "otklik_notices_total": Metric(kind="counter", help="People told.", labels=("door", "outcome")),
    "otklik_broken_keys_total": Metric(kind="counter", help="Keys of a wrong type met.", labels=("script",)),
    "otklik_logged_errors_total": Metric(kind="counter", help="Errors of our own.", labels=("where",)),
    "otklik_step_duration_seconds": Metric(
        kind="histogram", help="Time of one step.", labels=("step", "outcome"), buckets=SECONDS
    ),
    "otklik_first_response_seconds": Metric(
        kind="histogram", help="From the first message to the answer.", labels=("channel", "by"), buckets=RESPONSE
    ),
    "otklik_jobs_waiting": Metric(kind="gauge", help="Entries of a stream.", labels=("stream",)),
    "otklik_oldest_job_age_seconds": Metric(kind="gauge", help="Age of the oldest entry.", labels=("stream",)),
    "otklik_wakes_planned": Metric(kind="gauge", help="Conversations that wait for a moment."),
    "otklik_wakes_late": Metric(kind="gauge", help="Of them, more than a second late."),
    "otklik_retries_planned": Metric(kind="gauge", help="Sends and registrations that wait for a retry."),
    "otklik_differences_total": Metric(kind="counter", help="Differences a sweep found.", labels=("kind",)),
    "otklik_dead_letters": Metric(kind="gauge", help="Final failures that wait for a person."),
    "otklik_business_time_offset_seconds": Metric(
        kind="gauge", help="Business time minus machine time; 0 outside the sandbox."
    ),
    "otklik_redis_memory_bytes": Metric(kind="gauge", help="Memory of Redis."),
    "otklik_up": Metric(kind="gauge", help="1: this part answers.", labels=("part",)),
}


def field_of(name: str, labels: Mapping[str, str]) -> str:
    """`name{label="value"}`, the key a figure is kept under. Labels in the declared order, from closed sets."""
    return _field(name, tuple(labels.items()))


@cache  # the sets are closed, so this stays small; it is a part of every webhook's cost
def _field(name: str, pairs: tuple[tuple[str, str], ...]) -> str:
    labels = dict(pairs)
    metric = METRICS[name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count")]
    order = (*metric.labels, "le") if "le" in labels else metric.labels
    inside = ",".join(f'{label}="{labels[label]}"' for label in order)
    return f"{name}{{{inside}}}" if inside else name


def counted(name: str, by: float = 1, **labels: str) -> dict[str, float]:
    return {field_of(name, labels): by}


def observed(name: str, value: float, **labels: str) -> dict[str, float]:
    """A histogram's observation as increments: the bucket it falls into, the sum, the count."""
    bounds = METRICS[name].buckets
    bucket = next((f"{bound:g}" for bound in bounds if value <= bound), "+Inf")
    return {
        field_of(f"{name}_bucket", {**labels, "le": bucket}): 1,
        field_of(f"{name}_sum", labels): round(value, 6),
        field_of(f"{name}_count", labels): 1,
    }


class Meter:
    """What this process counted and has not handed over yet."""

    def __init__(self) -> None:
        self._grown: dict[str, float] = defaultdict(float)

    def add(self, amounts: Mapping[str, float]) -> None:
        for field, amount in amounts.items():
            self._grown[field] += amount

    def count(self, name: str, by: float = 1, **labels: str) -> None:
        self.add(counted(name, by, **labels))

    def observe(self, name: str, value: float, **labels: str) -> None:
        self.add(observed(name, value, **labels))

    def take(self) -> dict[str, float]:
        grown, self._grown = dict(self._grown), defaultdict(float)
        return grown


class _Kept(Collector):
    def __init__(self, figures: Mapping[str, float]) -> None:
        self._rows = [(*_split(field), value) for field, value in figures.items()]

    def collect(self) -> Iterable[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        for name, metric in METRICS.items():
            if metric.kind == "histogram":
                yield self._histogram(name, metric)
                continue
            family = (
                CounterMetricFamily(name, metric.help, labels=metric.labels)
                if metric.kind == "counter"
                else GaugeMetricFamily(name, metric.help, labels=metric.labels)
            )
            for found, labels, value in self._rows:
                if found == name:
                    family.add_metric([labels.get(label, "") for label in metric.labels], value)
            yield family

    def _histogram(self, name: str, metric: Metric) -> HistogramMetricFamily:
        family = HistogramMetricFamily(name, metric.help, labels=metric.labels)
        series: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
        for found, labels, value in self._rows:
            if found.startswith(f"{name}_"):
                key = tuple(labels.get(label, "") for label in metric.labels)
                series[key][labels.get("le", found.removeprefix(f"{name}_"))] = value
        for key, rows in series.items():
            total, buckets = 0.0, []
            for bound in [*(f"{bound:g}" for bound in metric.buckets), "+Inf"]:
                total += rows.get(bound, 0)
                buckets.append((bound, total))
            family.add_metric(key, buckets, rows.get("sum", 0))
        return family


def render(figures: Mapping[str, float]) -> bytes:
    """Prometheus's text format. A figure of an unknown name is left out."""
    registry = CollectorRegistry()
    registry.register(_Kept(figures))
    return generate_latest(registry)


def _split(field: str) -> tuple[str, dict[str, str]]:
    name, _, inside = field.partition("{")
    pairs = (pair.split("=", 1) for pair in inside.rstrip("}").split(",") if "=" in pair)
    return name, {label: value.strip('"') for label, value in pairs}

"""What people write in the portal, BB-code, → plain words with spans; spans → a messenger's own marks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.message import Span, Style

JOINER = "\u2060"  # invisible: a customer's "[b]" stays text in the portal


STYLES = {"b": Style.BOLD, "i": Style.ITALIC, "u": Style.UNDERLINE, "s": Style.STRIKE, "code": Style.CODE}
BREAKS, ITEM, LINK = ("br", "p"), "*", "url"
DROPPED = "color|size|font|list|quote|spoiler|img|user|chat|call|send|put|icon|disk|attach|timestamp|center|left|right"
TAG = re.compile(rf"\[(/?)({DROPPED}|url|code|br|[pbius*])((?:=|\s)[^\[\]]*)?\]", re.IGNORECASE)
SIGNATURE = re.compile(r"^\s*\[b\][^\[\]\n]{1,100}:\[/b\]\s*(?:\[br\]|<br\s*/?>|\n)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """`spans` lie within `text`, are never empty, and are in the order of their ends."""

    text: str
    spans: tuple[Span, ...] = ()


def read_bb(source: str) -> Marked:
    """The words that a reader of the portal sees. Unknown brackets stay; a style that never ends marks nothing.

    Law: what has no brackets comes out as it is, but for spaces at its ends.
    """
    text, spans = "", list[Span]()
    opened: list[tuple[str, int, str]] = []
    for words, close, name, value in _pieces(source):
        text += words
        if name in STYLES or name == LINK:
            if not close:
                opened.append((name, len(text), value))
            elif at := _last(opened, name):
                _, start, address = opened.pop(at - 1)
                text, spans = _closed(text, spans, name, start, address)
        elif name in BREAKS and not (close and name == "br"):
            text += "\n"
        elif name == ITEM:
            text += "• " if not text or text.endswith("\n") else "\n• "
    return _trimmed(text, spans)


def without_signature(source: str) -> str:
    """Without the `[b]Name:[/b][br]` that a line puts before an operator's words (docs/reference/bitrix24.md 5.4)."""
    return SIGNATURE.sub("", source, count=1)


def escaped(words: str) -> str:
    """A customer's words as the portal may show them: they hold no tag, mention or command of anybody's."""
    return words.replace("[", f"[{JOINER}")


def wrapped(text: str, spans: Sequence[Span], marks: Mapping[Style, tuple[str, str]]) -> str:
    """Each line of a span between the messenger's marks, which must touch words; a style without marks is plain."""
    edges: list[tuple[int, int, int, str]] = []  # place, closing first, the inner nearer to the words, mark
    for order, span in enumerate(spans):
        if span.style not in marks:
            continue
        before, after = marks[span.style]
        for start, end in _lines(text, span):
            edges += [(start, 1, -order, before), (end, 0, order, after)]
    parts, at = [], 0
    for place, _, _, mark in sorted(edges):
        parts += [text[at:place], mark]
        at = place
    return "".join([*parts, text[at:]])


def cut(marked: Marked, pieces: Sequence[str]) -> list[Marked]:
    """The spans of a text that was cut into these pieces, each in the places of its piece."""
    cuts, at = [], 0
    for piece in pieces:
        start = marked.text.index(piece, at)
        at = start + len(piece)
        inside = [Span(start=max(s.start, start), end=min(s.end, at), style=s.style) for s in marked.spans]
        moved = (Span(start=s.start - start, end=s.end - start, style=s.style) for s in inside if s.start < s.end)
        cuts.append(Marked(text=piece, spans=tuple(moved)))
    return cuts


def _pieces(source: str) -> Iterator[tuple[str, bool, str, str]]:
    """Words before a tag, whether it closes, its name ("" at the end), its value."""
    at = 0
    for tag in TAG.finditer(source):
        yield source[at : tag.start()], bool(tag[1]), tag[2].lower(), (tag[3] or "")[1:].strip().strip("\"'")
        at = tag.end()
    yield source[at:], False, "", ""


def _last(opened: Sequence[tuple[str, int, str]], name: str) -> int:
    """Place + 1 of the innermost open tag of this name; 0: none."""
    return next((place for place in range(len(opened), 0, -1) if opened[place - 1][0] == name), 0)


def _closed(text: str, spans: list[Span], name: str, start: int, address: str) -> tuple[str, list[Span]]:
    if name not in STYLES:
        words = text[start:]
        if address and address != words.strip():
            text = f"{text} ({address})" if words.strip() else text + address
        return text, spans
    if text[start:].strip():
        spans.append(Span(start=start, end=len(text), style=STYLES[name]))
    return text, spans


def _trimmed(text: str, spans: Sequence[Span]) -> Marked:
    left = len(text) - len(text.lstrip())
    whole = text.strip()
    kept = []
    for span in spans:
        start, end = max(span.start - left, 0), min(span.end - left, len(whole))
        if start < end:
            kept.append(Span(start=start, end=end, style=span.style))
    return Marked(text=whole, spans=tuple(kept))


def _lines(text: str, span: Span) -> Iterator[tuple[int, int]]:
    """The parts of a span that hold words, line by line, without spaces at their ends."""
    at = span.start
    for line in text[span.start : span.end].split("\n"):
        words = line.strip()
        if words:
            start = at + line.index(words)
            yield start, start + len(words)
        at += len(line) + 1

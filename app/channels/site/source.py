"""Where a visitor came from: utm marks of the form, of Tilda's cookie or of the page's address."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from app.channels.untrusted import clean
from app.domain.message import Source

MARKS = ("source", "medium", "campaign", "content", "term")
MAX_URL_CHARS = 500


def form_source(fields: Mapping[str, str], utm: object, page_url: str) -> Source | None:
    """Marks are never blended: the form's own, else those of its `utm` object, the cookie, the address."""
    candidates = (
        {mark: fields.get(f"utm_{mark}", "") for mark in MARKS},
        _of_object(utm),
        _of_cookie(fields.get("cookies", "")),
        _of_url(page_url),
    )
    marks = next((found for found in candidates if any(found.values())), {})
    return _source(marks, page_url, ref=fields.get("formid", ""), title=fields.get("formname", ""))


def page_source(page_url: str, referrer: str) -> Source | None:
    return _source(_of_url(page_url), page_url, ref=referrer[:MAX_URL_CHARS])


def _source(marks: Mapping[str, str], page_url: str, *, ref: str = "", title: str = "") -> Source | None:
    if not (any(marks.values()) or page_url or ref or title):
        return None
    return Source(
        kind="utm" if any(marks.values()) else "page",
        ref=ref,
        title=title,
        page_url=page_url[:MAX_URL_CHARS],
        utm_source=marks.get("source", ""),
        utm_medium=marks.get("medium", ""),
        utm_campaign=marks.get("campaign", ""),
        utm_content=marks.get("content", ""),
        utm_term=marks.get("term", ""),
    )


def _of_object(utm: object) -> dict[str, str]:
    """`{"source": …}` or `{"utm_source": …}`."""
    given = utm if isinstance(utm, Mapping) else {}
    found = {mark: given.get(mark, given.get(f"utm_{mark}")) for mark in MARKS}
    return {mark: clean(value) for mark, value in found.items() if isinstance(value, str)}


def _of_cookie(cookies: str) -> dict[str, str]:
    """`TILDAUTM=utm_source%3Dvk%7C%7C%7C…`: the one cookie that is read (help-ru.tilda.cc/forms/webhook)."""
    values = [part.strip().removeprefix("TILDAUTM=") for part in cookies.split(";") if "TILDAUTM=" in part]
    pairs = (pair.partition("=") for value in values for pair in unquote(value).split("|||"))
    return {name.removeprefix("utm_"): value for name, _, value in pairs if name.removeprefix("utm_") in MARKS}


def _of_url(page_url: str) -> dict[str, str]:
    try:
        query = dict(parse_qsl(urlsplit(page_url).query, max_num_fields=100))
    except ValueError:  # an address that is none
        return {}
    return {mark: clean(query.get(f"utm_{mark}", "")) for mark in MARKS}

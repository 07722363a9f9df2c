"""What a browser is shown where there is nothing else to see: a page in words. A program gets JSON, as ever."""

from html import escape

from fastapi import HTTPException, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException as AnyHTTPException

from app.domain.words import CATALOGUE, EN, define, say
from app.runtime import Runtime
from app.web.chat_page import language_of

define(
    "page_401",
    "Нужен пароль: это DASHBOARD_TOKEN из .env, имя любое.",
    "A password is needed: DASHBOARD_TOKEN of .env.",
)
define("page_403", "Эта страница закрыта.", "This page is closed.")
define("page_404", "Такой страницы нет.", "There is no such page.")
define("page_405", "Эту страницу открывает не человек, а программа.", "This page is for programs, not for people.")
define("page_503", "Сейчас не получилось. Обновите страницу через минуту.", "Not now. Reload the page in a minute.")
define("page_other", "Не получилось (код {status}).", "That did not work (code {status}).")
define("page_chat", "Написать нам", "Write to us")
define(
    "page_closed",
    "Страница закрыта: в .env не задан DASHBOARD_TOKEN.",
    "DASHBOARD_TOKEN is not set: this page is closed",
)
define(
    "page_no_conversation",
    "Такого диалога нет. В адресе нужен его номер вида te-0f3a…: это внешний код сделки без числа после дефиса.",
    "no such conversation: expected an id such as te-0f3a…, as in the deal's origin",
)
define("page_store_away", "База сейчас недоступна. Обновите страницу через минуту.", "Redis is away")

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Cache-Control": "no-store"}
STYLE = """
:root { color: #1c2430; background: #f3f5f8;
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
body { margin: 0; min-height: 90vh; display: grid; place-content: center; padding: 1.5rem; }
main { max-width: 32rem; background: #fff; border: 1px solid #e3e7ee; border-radius: 12px; padding: 1.5rem; }
p { margin: 0; }
p + p { margin-top: .8rem; }
a { color: #0f766e; }
"""


class Unseen(HTTPException):
    """A refusal in the catalogue's words: English for a program, the reader's language for a browser."""

    def __init__(self, status: int, words: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, say(words, EN), headers)
        self.words = words


async def refused(request: Request, error: AnyHTTPException) -> Response:
    """The handler of every refusal: as a page where HTML is asked for."""
    if not is_browser(request):
        return await http_exception_handler(request, error)
    status = error.status_code
    words = error.words if isinstance(error, Unseen) else f"page_{status}"
    locale = language(request)
    text = say(words if words in CATALOGUE else "page_other", locale, status=status)
    chat = f'<p><a href="/chat">{escape(say("page_chat", locale))}</a></p>' if words == "page_404" else ""
    return HTMLResponse(page(text, locale, more=chat), status_code=status, headers={**HEADERS, **(error.headers or {})})


def page(text: str, locale: str, *, more: str = "") -> str:
    """One sentence in the middle. `more`: HTML below it."""
    return (
        f'<!doctype html>\n<html lang="{escape(locale)}">\n<meta charset="utf-8">\n<title>{escape(text)}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{STYLE}</style>\n'
        f"<main><p>{escape(text)}</p>{more}</main>\n</html>\n"
    )


def is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def language(request: Request) -> str:
    """The reader's, by what the browser asks for; else the business's."""
    runtime: Runtime = request.app.state.runtime
    return language_of(request.headers.get("accept-language", ""), runtime.business.locale)

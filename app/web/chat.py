"""The site's chat: a page without accounts, its messages in, server-sent events out."""

from fastapi import APIRouter

router = APIRouter()

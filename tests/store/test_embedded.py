"""The embedded Redis, with real processes and real kills."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from app.store.embedded import SOCKET_PATH_BYTES, Embedded, EmbeddedError

LAUNCHER = """
import sys, time
from pathlib import Path
from app.store.embedded import Embedded
print(Embedded(Path(sys.argv[1])).start(), flush=True)
time.sleep(600)
"""


@contextmanager
def launcher(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that started the server and now only lives; killed at the end."""
    process = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(directory)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("unix://"), "the launcher did not start"
        yield process
    finally:
        process.kill()
        process.communicate()


def client(server: Embedded) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def server_pid(server: Embedded) -> int:
    with client(server) as connection:
        return int(connection.info("server")["process_id"])


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_it_keeps_the_promises_that_accept_relies_on(tmp_path: Path) -> None:
    with Embedded(tmp_path) as server, client(server) as connection:
        assert connection.config_get("appendonly") == {"appendonly": "yes"}
        assert connection.config_get("appendfsync") == {"appendfsync": "always"}
        assert connection.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert connection.config_get("port") == {"port": "0"}, "nobody reaches it over the network"


def test_its_data_is_for_its_owner_alone_also_in_an_open_directory(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with Embedded(tmp_path) as server, client(server) as connection:
        connection.set("lead", "private")
        private = [tmp_path / "valkey.sock", *tmp_path.glob("appendonlydir"), *tmp_path.glob("appendonlydir/*")]
        assert len(private) > 2
        assert not any(path.stat().st_mode & 0o077 for path in private)


def test_data_survives_a_stop_and_a_start(tmp_path: Path) -> None:
    with Embedded(tmp_path) as server, client(server) as connection:
        connection.set("lead", "kept")
    with Embedded(tmp_path) as server, client(server) as connection:
        assert connection.get("lead") == "kept"


def test_acknowledged_writes_survive_kill_9_of_the_server(tmp_path: Path) -> None:
    server = Embedded(tmp_path)
    server.start()
    with client(server) as connection:
        for number in range(500):
            connection.xadd("stream", {"number": number})
    os.kill(server_pid(server), signal.SIGKILL)
    server.start()
    with client(server) as connection:
        assert [str(number) for number in range(500)] == [entry["number"] for _, entry in connection.xrange("stream")]
    server.stop()


def test_a_second_start_shares_the_running_server(tmp_path: Path) -> None:
    with launcher(tmp_path), Embedded(tmp_path) as guest:
        assert server_pid(guest) == server_pid(Embedded(tmp_path))


def test_a_guest_that_stops_leaves_the_server_to_its_owner(tmp_path: Path) -> None:
    with Embedded(tmp_path) as owner:
        with Embedded(tmp_path) as guest:
            assert owner.url == guest.url
        with client(owner) as connection:
            assert connection.ping()


def test_ten_simultaneous_starts_make_one_server(tmp_path: Path) -> None:
    code = LAUNCHER.replace("time.sleep(600)", "sys.stdin.read()")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(10)
    ]
    urls = {process.stdout.readline() for process in processes if process.stdout}
    servers = [pid for pid in Path("/proc").glob("[0-9]*") if _runs_in(pid, tmp_path)]
    for process in processes:
        process.communicate("")
    assert len(urls) == 1
    assert len(servers) == 1


def _runs_in(process: Path, directory: Path) -> bool:
    try:
        return (process / "cwd").resolve() == directory and "valkey" in (process / "exe").resolve().name
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_death_of_the_launcher_leaves_no_orphan(tmp_path: Path, end: signal.Signals) -> None:
    with launcher(tmp_path) as process:
        pid = server_pid(Embedded(tmp_path))
        process.send_signal(end)
        process.wait()
        assert eventually(lambda: not is_alive(pid)), "the server outlived its launcher"


def test_a_start_right_after_the_launcher_died_gets_a_lasting_server(tmp_path: Path) -> None:
    """The old server answers PING for up to 100 ms after it was told to go; it must not be taken for a living one."""
    with launcher(tmp_path) as process:
        with client(Embedded(tmp_path)) as connection:
            connection.set("lead", "kept")
        process.kill()
        process.wait()
        with Embedded(tmp_path) as server:
            pid = server_pid(server)
            assert not eventually(lambda: not is_alive(pid), seconds=0.3), "a dying server was adopted"
            with client(server) as connection:
                assert connection.get("lead") == "kept"


def test_leftovers_of_a_crash_do_not_stop_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "valkey.sock").touch()
    (tmp_path / "valkey.pid").write_text("1\n")
    with Embedded(tmp_path) as server, client(server) as connection:
        assert connection.ping()


def test_a_torn_last_write_is_cut_off_and_the_rest_is_kept(tmp_path: Path) -> None:
    with Embedded(tmp_path) as server, client(server) as connection:
        connection.set("lead", "kept")
    log = next((tmp_path / "appendonlydir").glob("*.incr.aof"))
    with log.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$4\r\nto")
    with Embedded(tmp_path) as server, client(server) as connection:
        assert connection.get("lead") == "kept"


def test_a_start_waits_until_the_data_is_loaded(tmp_path: Path) -> None:
    with Embedded(tmp_path, appendfsync="no") as server, client(server) as connection:
        connection.eval("for i = 1, 300000 do redis.call('SET', 'key:' .. i, string.rep('x', 100)) end", 0)
    with Embedded(tmp_path) as server, client(server) as connection:
        assert connection.dbsize() == 300_000


def test_a_directory_too_deep_for_a_socket_still_works(tmp_path: Path) -> None:
    directory = tmp_path / ("deep " * 25)
    with Embedded(directory) as server, client(server) as connection:
        assert len(server.url.removeprefix("unix://")) <= SOCKET_PATH_BYTES
        assert connection.ping()
        assert Embedded(directory).url == server.url


def test_a_directory_with_a_space_quotes_and_cyrillic_works(tmp_path: Path) -> None:
    with Embedded(tmp_path / 'салон "Нева" 1\\2') as server, client(server) as connection:
        assert connection.ping()


def test_a_broken_log_is_named_in_one_line(tmp_path: Path) -> None:
    with Embedded(tmp_path) as server, client(server) as connection:
        connection.set("lead", "kept")
    next((tmp_path / "appendonlydir").glob("*.manifest")).write_text("nonsense\n")
    with pytest.raises(EmbeddedError, match=r"^embedded Redis: the server ended at once: .*") as caught:
        Embedded(tmp_path).start()
    assert len(str(caught.value).splitlines()) == 1


def test_a_start_from_a_passing_thread_is_refused(tmp_path: Path) -> None:
    caught: list[Exception] = []

    def start() -> None:
        try:
            Embedded(tmp_path).start()
        except EmbeddedError as error:
            caught.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert (sys.platform == "linux") == bool(caught)

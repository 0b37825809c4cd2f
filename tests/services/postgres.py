"""PostgreSQL with PostGIS: a cluster of its own, never the system's, never as root."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests.services import processes
from tests.services.packages import ServiceError, need
from tests.services.state import ROOT, State

NAME = "postgres"
SETTINGS = ROOT / "deploy" / "postgres.conf"
PACKAGES = ("postgresql", "postgresql-postgis")
USER = DATABASE = "ops"
INITDB = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums")


def up(state: State) -> str:
    """Start the database unless it runs; return its SQLAlchemy address."""
    if state.running(NAME) is None:
        need(_programs() is not None, "PostgreSQL with PostGIS", PACKAGES)
        _start(state)
    return url(state)


def url(state: State) -> str:
    """Return the address of the database `ops`; its user may create others."""
    record = state.needed(NAME)
    return f"postgresql+psycopg://{USER}:{record['password']}@127.0.0.1:{record['port']}/{DATABASE}"


def down(state: State) -> None:
    """End the database; its files stay."""
    if (running := state.running(NAME)) is not None:
        processes.end(running, by=signal.SIGINT)  # "fast shutdown": sessions are cut, everything is written


def version(state: State) -> str:
    """Return the versions of a running database, as ``15.18, PostGIS 3.3.2``."""
    with psycopg.connect(_conninfo(state, DATABASE)) as connection:
        row = connection.execute("SELECT current_setting('server_version'), postgis_lib_version()").fetchone()
    assert row is not None
    return f"{row[0].split()[0]}, PostGIS {row[1]}"


def _start(state: State) -> None:
    programs = _programs()
    if programs is None:
        raise ServiceError(f"{' '.join(PACKAGES)} gave no PostgreSQL with PostGIS")
    user = _user()
    record = state.read(NAME) or {"port": processes.free_ports(1)[0], "password": secrets.token_urlsafe(24)}
    folder = state.folder / "postgres"
    settings, log = state.folder / "postgres.conf", state.folder / "postgres.log"
    settings.write_text(SETTINGS.read_text())  # where the database's user can read it
    settings.chmod(0o644)
    if not (folder / "data" / "PG_VERSION").exists():
        _init(programs, folder, user, str(record["password"]))
    state.write(NAME, record)
    command = [
        str(programs / "postgres"),
        *("-D", str(folder / "data"), "-c", f"config_file={settings}", "-c", f"port={record['port']}"),
        *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
    ]
    running = processes.start(command, log=log, user=user)
    state.write(NAME, {**record, "pid": running.pid, "born": running.born})
    processes.wait_ready(running, lambda: _answers(state), what="PostgreSQL", log=log)
    _prepare(state)
    state.write(NAME, {**record, "pid": running.pid, "born": running.born, "url": url(state)})


def _init(programs: Path, folder: Path, user: str | None, password: str) -> None:
    """Make a cluster whose one account is `ops`, with a password made for it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    (folder / "password").write_text(password)
    if user:
        shutil.chown(folder, user, user)
        shutil.chown(folder / "password", user, user)
    done = subprocess.run(
        [
            *(str(programs / "initdb"), "-D", str(folder / "data"), "-U", USER),
            *(f"--pwfile={folder / 'password'}", *INITDB),
        ],
        capture_output=True,
        text=True,
        cwd="/",
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    (folder / "password").unlink()
    if done.returncode:
        raise ServiceError(f"initdb failed:\n{done.stderr[-2000:]}")


def _prepare(state: State) -> None:
    """Make the database `ops` with PostGIS; harmless where it is there."""
    with psycopg.connect(_conninfo(state, "postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(_conninfo(state, DATABASE), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")


def _answers(state: State) -> bool:
    try:
        psycopg.connect(_conninfo(state, "postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _conninfo(state: State, database: str) -> str:
    record = state.read(NAME) or {}
    return make_conninfo(
        host="127.0.0.1", port=record.get("port"), user=USER, password=record.get("password"), dbname=database
    )


def _programs() -> Path | None:
    """Return the folder of the newest PostgreSQL that has PostGIS, as Debian lays them out."""
    found = [
        (int(folder.name), folder / "bin")
        for folder in Path("/usr/lib/postgresql").glob("[0-9]*")
        if Path(f"/usr/share/postgresql/{folder.name}/extension/postgis.control").exists()
        and (folder / "bin" / "initdb").exists()
    ]
    return max(found)[1] if found else None


def _user() -> str | None:
    """Return the account to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        raise ServiceError("no user `postgres`; Debian's package makes one") from None

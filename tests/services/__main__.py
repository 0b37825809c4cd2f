"""``./ops services up|down|status``: start, end and show the services that tests run against."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from types import ModuleType

from tests.services import kafka, postgres
from tests.services.packages import ServiceError
from tests.services.state import State, open_state

SERVICES: tuple[ModuleType, ...] = (postgres, kafka)


def up(state: State) -> None:
    """Start what does not run; several starters at once are one."""
    with state.locked():
        for service in SERVICES:
            print(f"{service.NAME:<9} {_masked(service.up(state))}", flush=True)
    print(f"addresses {state.file}")


def down(state: State) -> None:
    """End what runs; data stays in the folder."""
    with state.locked():
        for service in reversed(SERVICES):
            service.down(state)


def remove(state: State) -> None:
    """End what runs and remove the folder with all data."""
    down(state)
    shutil.rmtree(state.folder)


def status(state: State) -> int:
    """Say what runs, where, in which version; return 1 unless all do."""
    whole = 0
    for service in SERVICES:
        running = state.running(service.NAME)
        if running is None:
            print(f"{service.NAME:<9} down")
            whole = 1
        else:
            print(f"{service.NAME:<9} pid {running.pid}  {_masked(service.url(state))}  {service.version(state)}")
    print(f"folder    {state.folder}")
    return whole


def where(state: State) -> None:
    """Print the file that says where the services listen."""
    print(state.file)


def _masked(url: str) -> str:
    """Return an address without its password."""
    head, at, tail = url.rpartition("@")
    return f"{head.rpartition(':')[0]}:…{at}{tail}" if at else tail


def main(arguments: list[str] | None = None) -> int:
    """Run one command."""
    commands: dict[str, Callable[[State], int | None]] = {
        "up": up,
        "down": down,
        "status": status,
        "remove": remove,
        "where": where,
    }
    parser = argparse.ArgumentParser(prog="ops services", description=__doc__)
    parser.add_argument("command", choices=commands)
    try:
        return commands[parser.parse_args(arguments).command](open_state()) or 0
    except ServiceError as error:
        print(f"services: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())

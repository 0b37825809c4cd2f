"""The roles of a production deployment as commands: gateway, worker, desk, wall."""

from __future__ import annotations

import json
import logging
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import click

from ops_center.deployment import Deployment

config_argument = click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def name_option(role: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the option that names a process; two of one name would take each other's place."""
    return click.option(
        "--name",
        default=f"{role}-{socket.gethostname()}",
        show_default=f"{role}-<host>",
        help="Unique among the deployment's processes; the same again after a restart.",
    )


def started(config: Path) -> Deployment:
    """Return the deployment, with a log that an operator can read."""
    from ops_center.deployment import load_deployment

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s %(message)s")
    for noisy in ("kafka", "httpx", "alembic"):  # what matters of theirs reaches us as our own errors
        logging.getLogger(noisy).setLevel(logging.ERROR)
    return load_deployment(config)


@click.command()
@config_argument
@name_option("gateway")
def gateway(config: Path, name: str) -> None:
    """Run a gateway of CONFIG: feeds come in here."""
    from ops_center.bootstrap.roles.gateway import run_gateway

    run_gateway(started(config), name)


@click.command()
@config_argument
@name_option("worker")
def worker(config: Path, name: str) -> None:
    """Run a worker of CONFIG; any number share the partitions."""
    from ops_center.bootstrap.roles.worker import run_worker

    run_worker(started(config), name)


@click.command()
@config_argument
@name_option("desk")
def desk(config: Path, name: str) -> None:
    """Run a desk of CONFIG; one is active, the others stand by."""
    from ops_center.bootstrap.roles.desk import run_desk

    run_desk(started(config), name)


@click.command()
@config_argument
@name_option("wall")
def wall(config: Path, name: str) -> None:
    """Run a wall of CONFIG: screens and API, any number."""
    from ops_center.bootstrap.roles.wall import run_wall

    run_wall(started(config), name)


@click.command()
@config_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.option("--process", default="", help="Judge this process alone, by its name; for its health check.")
def status(config: Path, as_json: bool, process: str) -> None:
    """Show what runs of CONFIG: lag, partitions, snapshots, feeds, which desk is active.

    Exit status 0 where a desk is active, a gateway lives and every partition is somebody's; with
    --process where that process lives.
    """
    from ops_center.bootstrap.roles.status import as_lines, lives, status_of
    from ops_center.deployment import load_deployment

    found = status_of(load_deployment(config))
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else "\n".join(as_lines(found)))
    if not (lives(found, process) if process else found["whole"]):
        sys.exit(1)


ROLES = (gateway, worker, desk, wall, status)

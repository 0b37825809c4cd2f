"""Command line of Ops Center; every command has ``--help``.

Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 the machine or the files do not allow it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from ops_center import __version__
from ops_center.cli.roles import ROLES
from ops_center.domain.errors import ContentError, OpsError
from ops_center.domain.text import Json

P = ParamSpec("P")
R = TypeVar("R")

FAILED, UNABLE = 1, 3

folder_option = click.option(
    "--content",
    "content",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of own content; may be given several times, later wins by id.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def _errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turn the errors raised on purpose into a message and an exit code."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except BrokenPipeError:  # the reader has seen enough
            sys.stderr.close()
            sys.exit(0)
        except ContentError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(FAILED)
        except (OpsError, OSError) as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(UNABLE)

    return wrapped


def _print(value: Json) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


@contextmanager
def _input(file: Path | None) -> Iterator[Any]:
    if file is None:
        yield sys.stdin.buffer
    else:
        with file.open("rb") as stream:
            yield stream


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="ops-center")
def cli() -> None:
    """Ops Center: feeds, GIS joins, rules, alarms, playbooks and the map wall."""


@cli.command()
@click.argument("format_name", metavar="FORMAT")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_errors
def decode(format_name: str, file: Path | None) -> None:
    """Decode messages, one a line (hex for binary formats) or a whole FILE; prints one JSON object a message."""
    from ops_center.cli.decode import decode_input

    with _input(file) as stream:
        for item in decode_input(format_name, stream.read()):
            _print(item)


@cli.command()
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("var/demo"), help="Where the deployment writes."
)
@click.option("--port", type=int, default=8808, help="Port of the wall.")
@json_option
@_errors
def doctor(folder: Path, port: int, as_json: bool) -> None:
    """Examine the installation: packages, folders, ports, clock."""
    from ops_center.adapters.clocks import SystemClock
    from ops_center.cli.doctor import examine

    root = Path(__file__).resolve().parents[2]
    findings = list(examine(clock=SystemClock(), folder=folder, port=port, packages=root))
    for found in findings:
        if as_json:
            _print({"ok": found.ok, "what": found.what, "detail": found.detail, "mend": found.mend})
        else:
            mend = "" if found.ok or not found.mend else f"  ({found.mend})"
            click.echo(f"{'ok  ' if found.ok else 'FAIL'}  {found.what:<18} {found.detail}{mend}")
    if not all(found.ok for found in findings):
        sys.exit(UNABLE)


@cli.command()
@folder_option
@json_option
@_errors
def check(content: tuple[Path, ...], as_json: bool) -> None:
    """Check every feed, layer, rule and playbook, and run their own tests."""
    from ops_center.cli.check import check_content

    report = check_content(content)
    for line in report.lines:
        _print(line) if as_json else click.echo(line["text"])
    if not report.ok:
        sys.exit(FAILED)


@cli.command()
@click.argument("kind", type=click.Choice(["feed", "layer", "rule", "playbook"]))
@click.argument("name", metavar="ID")
@click.option("--content", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("content"))
@_errors
def new(kind: str, name: str, folder: Path) -> None:
    """Write a commented skeleton of a feed, layer, rule or playbook into a content folder."""
    from ops_center.cli.check import write_skeleton

    click.echo(str(write_skeleton(kind, name, folder)))


@cli.command()
@click.argument("rule")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@folder_option
@_errors
def explain(rule: str, file: Path | None, content: tuple[Path, ...]) -> None:
    """Say for each input (one JSON object a line) whether RULE fires, is silent or unknown, and why."""
    from ops_center.cli.check import explain_lines

    with _input(file) as stream:
        for item in explain_lines(rule, stream, content):
            _print(item)


@cli.group(name="import")
def import_() -> None:
    """Bring data into a content folder."""


@import_.command(name="layer")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--id", "layer_id", help="Id of the layer; the file's name otherwise.")
@click.option("--key", default="", help="Column that identifies a feature.")
@click.option("--datum", type=click.Choice(["wgs84", "gcj02", "bd09"]), default="wgs84")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("content"))
@json_option
@_errors
def import_layer(file: Path, layer_id: str | None, key: str, datum: str, out: Path, as_json: bool) -> None:
    """Import FILE as a layer: any GDAL vector format, GeoParquet or CSV; reports repairs and refusals."""
    from ops_center.cli.check import run_import

    report = run_import(file, layer_id=layer_id or file.stem, key=key, datum=datum, out=out)
    _print(report.json) if as_json else click.echo(report.text)


@cli.command()
@click.argument("journal", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--from", "from_", default="", help="Start, ISO time with zone.")
@click.option("--to", default="", help="End, ISO time with zone.")
@click.option("--speed", type=float, default=0.0, help="Times real time; 0 = as fast as it goes.")
@click.option("--digest", is_flag=True, help="Print only the digest of alerts, incidents and tasks.")
@folder_option
@json_option
@_errors
def replay(
    journal: Path, from_: str, to: str, speed: float, digest: bool, content: tuple[Path, ...], as_json: bool
) -> None:
    """Run the inputs of JOURNAL again and report what comes out."""
    from ops_center.cli.replaying import replay_journal

    summary = replay_journal(journal, from_=from_, to=to, speed=speed, content=content)
    if digest:
        click.echo(summary["digest"])
    else:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=None if as_json else 2))


@cli.command()
@click.argument("journal", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@folder_option
@json_option
@_errors
def export(journal: Path, out: Path, content: tuple[Path, ...], as_json: bool) -> None:
    """Write the events, alerts, incidents and tasks of JOURNAL as files."""
    from ops_center.cli.replaying import export_journal

    summary = export_journal(journal, out, content=content)
    if as_json:
        _print(summary)
        return
    click.echo(f"{out}: {summary['alerts']} alerts, {summary['incidents']} incidents")
    load = summary["load"]
    click.echo(f"{load['hours']} h; alarms: {load['alarms']}, per officer and 24 h {load['alarms_per_officer_24h']}")
    for rule, said in load["rules"].items():
        click.echo(f"  {rule:<32} {said['class']:<7} {said['occurrences']:>7} {said['per_officer_24h']:>9} a day")


@cli.command()
@folder_option
@click.option(
    "--feed", "feeds", multiple=True, required=True, metavar="ID=FILE", help="A feed and a file of its input."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--partitions", type=click.IntRange(1, 256), default=4, show_default=True)
@click.option("--batch", type=click.IntRange(1, 1_000_000), default=8192, show_default=True, help="Rows a batch.")
@click.option("--metric-epsg", type=int, default=32650, show_default=True, help="CRS that lengths are measured in.")
@json_option
@_errors
def backtest(
    content: tuple[Path, ...],
    feeds: tuple[str, ...],
    out: Path,
    partitions: int,
    batch: int,
    metric_epsg: int,
    as_json: bool,
) -> None:
    """Run files through the whole loop at full speed; writes events, alerts, incidents, tasks, summary."""
    from ops_center.cli.replaying import run_backtest

    pairs = []
    for pair in feeds:
        name, found, file = pair.partition("=")
        if not found:
            raise click.UsageError(f"--feed {pair!r}: ID=FILE is wanted")
        pairs.append((name, Path(file)))
    summary = run_backtest(
        content, pairs, out, partitions=partitions, batch_rows=batch, metric_epsg=metric_epsg, quiet=as_json
    )
    click.echo(json.dumps(summary, ensure_ascii=False, indent=None if as_json else 2))


@cli.command()
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_errors
def run(config: Path) -> None:
    """Run the deployment that CONFIG describes, until interrupted."""
    from ops_center.bootstrap.service import serve
    from ops_center.deployment import load_deployment

    serve(load_deployment(config))


@cli.command()
@click.option("--port", type=int, default=8808, show_default=True, help="Port of the wall; 0 = any free one.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("var/demo"), show_default=True)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 60),
    default=1.0,
    show_default=True,
    help="Times real time, at most.",
)
@click.option("--start", default="", help="Opening of the shift, ISO time with zone (default 14:00 on the day).")
@click.option("--vehicles", type=click.IntRange(1, 20_000), default=2_000, show_default=True)
@click.option("--fresh", is_flag=True, help="Begin the shift anew.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--production", is_flag=True, help="Over Kafka and PostGIS, each role a process of its own.")
@click.option(
    "--servers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="For --production: where the servers listen, as ./ops services writes it down (services.json).",
)
@folder_option
@_errors
def demo(
    port: int,
    folder: Path,
    speed: float,
    start: str,
    vehicles: int,
    fresh: bool,
    no_browser: bool,
    production: bool,
    servers: Path | None,
    content: tuple[Path, ...],
) -> None:
    """Run Exercise Lekima: 2,000 vehicles, a typhoon and a shift already under way."""
    if production:
        from ops_center.demo.production import run_production_demo

        if servers is None:
            raise click.UsageError("--production wants --servers FILE (./ops demo --production starts some)")
        run: Callable[..., None] = partial(run_production_demo, servers=servers)
    else:
        from ops_center.demo.run import run_demo as run

    run(
        port=port,
        folder=folder,
        speed=speed,
        start=start,
        vehicles=vehicles,
        fresh=fresh,
        open_browser=not no_browser,
        content=content,
    )


for role in ROLES:
    role.callback = _errors(role.callback) if role.callback else None
    cli.add_command(role)


deployment_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where the deployment writes; its service may be running.",
)


@cli.command()
@click.argument("incident")
@deployment_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="FILE.html or FILE.pdf.")
@click.option("--lang", "language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option("--at", default="", help="As it stood then, ISO time with zone; otherwise now.")
@_errors
def report(incident: str, folder: Path, out: Path, language: str, at: str) -> None:
    """Write the report of INCIDENT (id or spoken number): timeline, figures, map."""
    from ops_center.cli.cases import write_report

    write_report(incident, folder, out, language=language, at=at)
    click.echo(str(out))


@cli.command()
@click.argument("incident")
@deployment_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@_errors
def evidence(incident: str, folder: Path, out: Path) -> None:
    """Write all that belongs to INCIDENT (id or spoken number) into one signed zip."""
    from ops_center.cli.cases import write_evidence

    click.echo(write_evidence(incident, folder, out))


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The public key it must have."
)
@json_option
@_errors
def verify(file: Path, key: Path | None, as_json: bool) -> None:
    """Verify FILE: an evidence bundle, or a deployment's audit chain (audit.jsonl)."""
    from ops_center.cli.cases import verified

    found = verified(file, key)
    _print(found) if as_json else click.echo(found["text"])
    if not found["ok"]:
        sys.exit(FAILED)


def main() -> None:
    """Entry point."""
    cli(prog_name="ops-center")

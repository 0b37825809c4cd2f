"""Reload: what changes is put in force, also where the watch on the folders lost it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ops_center.adapters.files import replace_file
from ops_center.bootstrap.content import read_content
from ops_center.bootstrap.library import Library
from ops_center.bootstrap.reload import Reload
from ops_center.content import skeleton
from ops_center.domain.command import LOAD_CONTENT, Actor, Command
from ops_center.domain.scales import Role
from ops_center.ports import Receipt
from tests.wall.fake_clock import FakeClock


def test_a_change_that_the_watch_lost_is_found_in_the_files_themselves(tmp_path: Path) -> None:
    folder, sent = tmp_path / "content", list[Command]()
    (folder / "calendars").mkdir(parents=True)
    content, errors = read_content([folder])
    assert errors == ()

    def submit(command: Command) -> Receipt:
        sent.append(command)
        return Receipt(True, command.id)

    def deaf(*_: object, **__: object) -> Iterator[set[object]]:
        """A watch that tells of time passing, and of nothing else."""
        yield set()
        yield set()
        assert sent == []
        replace_file(folder / "calendars" / "own.yml", skeleton("calendar", "own").encode())
        yield set()
        yield set()

    reload = Reload(
        folders=(folder,),
        status=None,
        content=content,
        library=Library(tmp_path / "library", content),
        in_force=content.version,
        actor=Actor(name="content", post="system", role=Role.ADMINISTRATOR, jurisdiction="370000"),
        submit=submit,
        clock=FakeClock(),
        watching=deaf,
    )
    reload.run()
    assert [(one.kind, one.args["version"]) for one in sent] == [(LOAD_CONTENT, reload.in_force)]
    assert reload.in_force == reload.content.version != content.version
    assert "own" in reload.content.tree.of("calendar")

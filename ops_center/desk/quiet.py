"""Quiet: until when, by what the workers say, nothing can come that the desk would decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ops_center.wire import Progress


@dataclass(slots=True)
class Quiet:
    """Each partition's newest word on it."""

    _said: dict[int, tuple[int, int]] = field(default_factory=dict)  # Progress.quiet_ms and .world

    def hear(self, partition: int, progress: Progress) -> None:
        """Take in a worker's report; one that does not say it takes the earlier word back."""
        if progress.quiet_ms is None:
            self._said.pop(partition, None)
        else:
            self._said[partition] = (progress.quiet_ms, progress.world)

    def until_ms(
        self, progress: Sequence[int | None], *, changed: int, slack_ms: int, due: Iterable[int | None]
    ) -> int | None:
        """Return the desk time before which nothing known makes the desk decide anything; None where none can say.

        A worker's word counts where it had read WORLD up to `changed`, behind every change that is
        announced; `due` is when the desk itself has something to do.
        """
        if not self._said or None in progress:
            return None
        reports = [self._said.get(partition, (0, 0)) for partition in range(len(progress))]
        known = [
            max(at_ms, quiet_ms if world >= changed else at_ms)
            for at_ms, (quiet_ms, world) in zip(progress, reports, strict=True)
            if at_ms is not None
        ]
        return min([min(known) - slack_ms, *(at for at in due if at is not None)])

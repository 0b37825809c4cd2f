"""A writer process for the kill tests: appends numbered records and prints each number once durable.

Arguments: folder, first number, most bytes a file may have (0: no limit).
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from ops_center.adapters.journal_file import FileJournal
from ops_center.domain.errors import JournalError
from tests.adapters.journal_contract import PARTITIONS, value_of


def main(folder: str, first: str, file_limit: str) -> None:
    """Append until killed, or until the disk is full."""
    if int(file_limit):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_limit), resource.RLIM_INFINITY))
    journal = FileJournal(Path(folder), PARTITIONS, segment_bytes=20_000 if not int(file_limit) else 1 << 30)
    number = int(first)
    while True:
        batch = [value_of(n) for n in range(number, number + 1 + number % 5)]
        try:
            journal.append_many([("input", 0, batch), ("command", 0, batch[:1])])
        except JournalError as error:
            sys.stdout.write(f"full {error.reason}\n")
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            journal.append_many([("input", 0, batch), ("command", 0, batch[:1])])
            sys.stdout.write(f"{number + len(batch)}\n")
            return
        number += len(batch)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])

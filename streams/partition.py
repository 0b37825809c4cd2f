"""Choose a subject's partition by our own fixed hash (ORDER 4), never a library's or Python's.

The hash is the first 8 bytes, little endian, of BLAKE2b-64 over ``feed \\0 key`` in UTF-8; the
partition is its remainder by the number of partitions that the layout record names.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from ops_center.columns import Codes


def partition_of(subject: str, partitions: int, *, feed: str = "") -> int:
    """Return the partition of a subject's line; a subject is scoped to its feed."""
    digest = blake2b(f"{feed}\0{subject}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % partitions


def partitions_of(subjects: Codes, partitions: int, *, feed: str = "") -> NDArray[np.int32]:
    """Return the partition of each row; a row without subject goes where "" goes."""
    table = [partition_of(text, partitions, feed=feed) for text in (*subjects.values, "")]
    return np.asarray(table, dtype=np.int32)[subjects.codes]

"""Keys of a deployment: made once, for the owner's eyes, the same ever after."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops_center.adapters.keys import secret_key, signing_key
from ops_center.domain.errors import SetupError


def test_a_key_is_made_at_first_use_and_stays(tmp_path: Path):
    first = secret_key(tmp_path, "receipts")
    assert len(first) == 32
    assert secret_key(tmp_path, "receipts") == first
    assert secret_key(tmp_path, "other") != first
    signed = signing_key(tmp_path).public_key().public_bytes_raw()
    assert signing_key(tmp_path).public_key().public_bytes_raw() == signed


def test_nobody_else_may_read_it_and_a_key_that_others_may_read_is_refused(tmp_path: Path):
    signing_key(tmp_path)
    path = tmp_path / "keys" / "evidence.pem"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(SetupError, match="others may read"):
        signing_key(tmp_path)


def test_a_key_that_is_none_is_told(tmp_path: Path):
    signing_key(tmp_path)
    path = tmp_path / "keys" / "evidence.pem"
    path.write_bytes(b"nothing")
    with pytest.raises(SetupError, match="is no key"):
        signing_key(tmp_path)


def test_many_at_once_agree_on_one_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: secret_key(tmp_path, "k"), range(32)))
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["k.key"]

"""The evidence bundle: signed to the last byte, refused when any of them is another."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ops_center.adapters.evidence import Checked, fingerprint, is_bundle, pack, verify

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
FILES = {"incident.json": b'{"id":"incident-1"}', "attachments/ab": b"\x89PNG" + bytes(range(256)), "empty": b""}
FACTS = {"format": 1, "incident": "incident-1"}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "e.zip"
    path.write_bytes(pack(FILES, FACTS, KEY))
    return path


def test_a_bundle_is_whole_and_names_its_key(bundle: Path):
    found = verify(bundle)
    assert found.ok
    assert (found.files, found.key) == (3, fingerprint(KEY.public_key()))
    assert found.facts["incident"] == "incident-1"
    assert verify(bundle, trusted=KEY.public_key()).ok
    assert is_bundle(bundle)


def test_it_opens_with_any_zip_program(bundle: Path):
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        assert archive.read("attachments/ab") == FILES["attachments/ab"]


def test_the_same_evidence_gives_the_same_bytes():
    assert pack(FILES, FACTS, KEY) == pack(dict(reversed(FILES.items())), FACTS, KEY)


def test_any_flipped_byte_is_refused(bundle: Path):
    raw = bundle.read_bytes()
    assert len(raw) > 1_000
    for at in range(len(raw)):
        for bit in (0x01, 0x20, 0x80):
            bundle.write_bytes(raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :])
            assert not verify(bundle).ok, (at, bit)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw[:-1],
        lambda raw: raw + b"0",
        lambda raw: b"\0" + raw,
        lambda raw: b"",
        lambda raw: raw[:50],
        lambda raw: raw[50:],
    ],
    ids=["cut", "longer", "before", "empty", "head", "tail"],
)
def test_a_bundle_that_is_cut_or_grown_is_refused(bundle: Path, change: object):
    bundle.write_bytes(change(bundle.read_bytes()))  # type: ignore[operator]
    found = verify(bundle)
    assert not found.ok
    assert isinstance(found, Checked)


def test_a_forger_with_a_key_of_their_own_is_told_by_the_key(bundle: Path):
    bundle.write_bytes(pack({**FILES, "incident.json": b"{}"}, FACTS, OTHER))
    assert verify(bundle).key == fingerprint(OTHER.public_key())  # whole by itself: compare the key
    assert verify(bundle, trusted=KEY.public_key()).reason == "is signed by another key"


def test_a_signed_bundle_whose_manifest_lies_is_refused(tmp_path: Path):
    honest = pack(FILES, FACTS, KEY)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(honest)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            after.writestr(zipfile.ZipInfo(name), b"{}" if name == "incident.json" else before.read(name))
        after.comment = before.comment
    signed = out.getvalue()[:-128]
    path = tmp_path / "lie.zip"
    path.write_bytes(signed + KEY.sign(signed).hex().encode())
    assert verify(path).reason == "incident.json is not what its manifest lists"


def test_a_zip_that_was_never_signed_is_none(tmp_path: Path):
    path = tmp_path / "plain.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "b" * 200)
    assert "signature is missing" in verify(path).reason
    assert "cannot" in verify(tmp_path / "absent.zip").reason or verify(tmp_path / "absent.zip").reason

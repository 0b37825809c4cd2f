"""Evidence: files in one zip whose every byte is signed (Ed25519), and the check that refuses any other.

The archive ends with a comment of fixed length, ``ops-center-evidence 1`` and the signature in
hexadecimal; signed is everything before it. So a changed, added, removed or reordered byte
anywhere, in the zip's own tables too, is refused.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from ops_center.domain.text import Json

MAGIC = b"ops-center-evidence 1 "
SIGNATURE = 128  # hexadecimal digits of an Ed25519 signature
MANIFEST, KEY = "manifest.json", "public-key.pem"
WRITTEN = (1980, 1, 1, 0, 0, 0)  # of every entry: the same evidence gives the same bytes
MOST_OCTETS = 4 << 30
# What reading a file that is no bundle raises: zipfile also of methods and passwords it has no code for.
UNREADABLE = (OSError, zipfile.BadZipFile, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a verification found; `reason` "" where the bundle is whole."""

    reason: str = ""
    files: int = 0
    key: str = ""  # SHA-256 of the public key that signed it
    facts: Mapping[str, Json] | None = None

    @property
    def ok(self) -> bool:
        """True where nothing was changed."""
        return not self.reason


def pack(files: Mapping[str, bytes], facts: Mapping[str, Json], key: Ed25519PrivateKey) -> bytes:
    """Return the signed bundle of files; `facts` say what it is about."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    listed = [
        {"name": name, "sha256": sha256(body).hexdigest(), "size": len(body)} for name, body in sorted(files.items())
    ]
    manifest = msgspec.json.format(msgspec.json.encode({**facts, "files": listed}), indent=1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in ((MANIFEST, manifest), (KEY, public), *sorted(files.items())):
            entry = zipfile.ZipInfo(name, WRITTEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, body)
        archive.comment = MAGIC + b"0" * SIGNATURE
    signed = out.getvalue()[:-SIGNATURE]
    return signed + key.sign(signed).hex().encode()


def verify(path: Path, *, trusted: Ed25519PublicKey | None = None) -> Checked:
    """Return whether a bundle is what was signed, by `trusted` where that is given, else by the key inside it."""
    try:
        raw = path.read_bytes()
        return _verify(raw, trusted)
    except UNREADABLE as error:
        return Checked(reason=f"is no evidence bundle: {error}")
    except zlib.error as error:
        return Checked(reason=f"is broken: {error}")


def is_bundle(path: Path) -> bool:
    """Return True for what begins as a zip does."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def public_key(path: Path) -> Ed25519PublicKey:
    """Return the key of a PEM file; ValueError where it is none."""
    key = load_pem_public_key(path.read_bytes())
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("is no Ed25519 key")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the SHA-256 of a public key, to be compared by telephone."""
    return sha256(key.public_bytes_raw()).hexdigest()


def _verify(raw: bytes, trusted: Ed25519PublicKey | None) -> Checked:
    signed, signature = raw[:-SIGNATURE], raw[-SIGNATURE:]
    if not signed.endswith(MAGIC):
        return Checked(reason="is no evidence bundle: its signature is missing")
    if bytes.fromhex(signature.decode("ascii")).hex().encode() != signature:
        return Checked(reason="the signature was changed")
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_OCTETS:
            return Checked(reason="is too large to be read")
        held = load_pem_public_key(archive.read(KEY))
        if not isinstance(held, Ed25519PublicKey):
            return Checked(reason="is signed by no Ed25519 key")
        if trusted is not None and trusted.public_bytes_raw() != held.public_bytes_raw():
            return Checked(reason="is signed by another key", key=fingerprint(held))
        try:
            held.verify(bytes.fromhex(signature.decode("ascii")), signed)
        except InvalidSignature:
            return Checked(reason="was changed after it was signed", key=fingerprint(held))
        facts = msgspec.json.decode(archive.read(MANIFEST))
        wrong = _differs(archive, facts)
    if wrong:
        return Checked(reason=wrong, key=fingerprint(held))
    return Checked(files=len(facts["files"]), key=fingerprint(held), facts=facts)


def _differs(archive: zipfile.ZipFile, facts: Mapping[str, Json]) -> str:
    """Return what of the archive is not as its manifest lists it, "" where all is."""
    names = archive.namelist()
    listed = {one["name"]: one for one in facts["files"]}
    if sorted(names) != sorted([MANIFEST, KEY, *listed]):
        return "holds other files than its manifest lists"
    for name, one in listed.items():
        body = archive.read(name)
        if len(body) != one["size"] or sha256(body).hexdigest() != one["sha256"]:
            return f"{name} is not what its manifest lists"
    return ""

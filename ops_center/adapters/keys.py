"""Keys of a deployment: made at first use, readable by the service alone, never in the journal."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from ops_center.adapters.files import reason_of, sync_folder
from ops_center.domain.errors import SetupError

FOLDER = "keys"


def secret_key(folder: Path, name: str) -> bytes:
    """Return 32 secret bytes kept under a name."""
    return _kept(folder / FOLDER / f"{name}.key", lambda: secrets.token_bytes(32))


def signing_key(folder: Path, name: str = "evidence") -> Ed25519PrivateKey:
    """Return the Ed25519 key kept under a name."""
    path = folder / FOLDER / f"{name}.pem"

    def made() -> bytes:
        return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    try:
        key = load_pem_private_key(_kept(path, made), password=None)
    except ValueError as error:
        raise SetupError(f"is no key: {error}", setting=str(path), suggestion="restore it from a backup") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SetupError("is no Ed25519 key", setting=str(path), suggestion="restore it from a backup")
    return key


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return a file's bytes, made once: of two processes the first wins, and no half key is ever seen."""
    try:
        if path.exists():
            return _read(path)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(make())
                file.flush()
                os.fsync(file.fileno())
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink(missing_ok=True)
        sync_folder(path.parent)
        return _read(path)
    except OSError as error:
        raise SetupError(reason_of(error), setting=str(path), suggestion="check the deployment's folder") from error


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise SetupError("others may read this key", setting=str(path), suggestion="chmod 600, or make a new one")
    return path.read_bytes()

"""Debian packages that the services need: installed where root may, asked for in words elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence


class ServiceError(Exception):
    """A service cannot be started here; the text says what to do."""


def need(present: bool, what: str, packages: Sequence[str]) -> None:
    """Install `packages` unless `what` is present; ServiceError where this user may not."""
    if present:
        return
    wanted = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ServiceError(f"{what} is absent; install it (Debian: apt-get install {wanted}) or run as root")
    print(f"services: installing Debian packages {wanted}", flush=True)
    _apt("update", "-qq")
    _apt("install", "-y", "-qq", "--no-install-recommends", *packages)


def _apt(*arguments: str) -> None:
    done = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=600", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ServiceError(f"apt-get {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")

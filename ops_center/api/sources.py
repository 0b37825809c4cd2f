"""What the HTTP side is given: layers, content, sign-in and the page itself, as Protocols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ops_center.domain.command import Actor
from ops_center.domain.text import Json, Text
from ops_center.picture import LayerSource, LayerView, LegendEntry

__all__ = ["AssetFile", "ContentSource", "LayerSource", "LayerView", "LegendEntry", "Screen", "SignIn"]


class ContentSource(Protocol):
    """What drawers and forms read of the content in force."""

    def forms(self) -> Mapping[str, Mapping[str, Json]]:
        """Return form id -> ``{title, fields: [{name, kind, label, required, choices, ...}]}``."""
        ...

    def incident_kinds(self) -> Mapping[str, Text]:
        """Return incident kind -> title."""
        ...

    def playbooks(self) -> Mapping[str, Text]:
        """Return playbook id -> title."""
        ...

    def capabilities(self) -> Mapping[str, Text]:
        """Return capability of a resource -> title."""
        ...

    def posts(self) -> Mapping[str, Text]:
        """Return post -> title."""
        ...

    def dispositions(self) -> Mapping[str, Mapping[str, Json]]:
        """Return disposition -> ``{title, of, remarks}``, in the order they are offered."""
        ...

    def warning_templates(self) -> Mapping[str, Mapping[str, Json]]:
        """Return template of a warning -> ``{title, colours, incident_kinds, buffer_m}``."""
        ...

    def problems(self) -> Sequence[str]:
        """Return what is wrong in the content files now; the last good version is in force."""
        ...


class SignIn(Protocol):
    """Who may come in; the session is kept by the app."""

    def by_password(self, name: str, password: str) -> Actor | None:
        """Return the person at their post, None where name or password is wrong."""
        ...

    def by_token(self, token: str) -> Actor | None:
        """Return the person of a one-time link and spend it, None where it is spent or expired."""
        ...


class AssetFile(Protocol):
    """One static file, compressed once."""

    @property
    def body(self) -> bytes:
        """The plain bytes."""
        ...

    @property
    def gzipped(self) -> bytes:
        """The same, gzip."""
        ...

    @property
    def content_type(self) -> str:
        """MIME type."""
        ...

    @property
    def etag(self) -> str:
        """Hash of the plain bytes."""
        ...


class Screen(Protocol):
    """The page: `ops_center.wall.page.make_screen` makes it; the API does not know Dash."""

    @property
    def wsgi(self) -> Any:
        """The WSGI application of the page."""
        ...

    @property
    def assets(self) -> Mapping[str, AssetFile]:
        """Static files by name, served under ``/static/``."""
        ...

    @property
    def script_hashes(self) -> Sequence[str]:
        """CSP hashes of the page's inline scripts, without quotes."""
        ...

    def sign_in(self, *, language: str, form_token: str, wrong: str) -> str:
        """Return the sign-in page; `wrong` names the text that says what went wrong, or ""."""
        ...

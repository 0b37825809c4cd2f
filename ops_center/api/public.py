"""Public: what people without an account reach: the feed of published warnings, and confirming a receipt.

Nothing here is behind the guard of people, so each answer carries its own strict headers, and
nothing but what was published, or one recipient's own receipt, can be asked for.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from anyio import to_thread
from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ops_center.domain.command import DELIVERY, Actor, Command
from ops_center.domain.ids import make_id
from ops_center.domain.quantity import iso
from ops_center.domain.scales import Role
from ops_center.domain.text import Json, Text
from ops_center.domain.warning import PublicWarning, WarningRevision, delivery_intent
from ops_center.picture import Picture, Station
from playbooks.kinds import intent_id
from streams.decoders.cap12.encode import encode, marked

PREFIXES = ("/receipt/", "/public/")
ATOM = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
MOST_ENTRIES = 100
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",  # the address itself is the right to confirm
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Receipts:
    """The right to confirm one message: an address nobody can guess, made from its intent."""

    key: bytes
    base_url: str = ""

    def token(self, intent: str) -> str:
        """Return the token of an intent."""
        return hmac.new(self.key, intent.encode(), sha256).hexdigest()[:32]

    def url(self, intent: str) -> str:
        """Return the address that confirms an intent, "" where the outside cannot reach this deployment."""
        return f"{self.base_url}/receipt/{intent}/{self.token(intent)}" if self.base_url else ""

    def right(self, intent: str, token: str) -> bool:
        """Return True where the token is the intent's."""
        return hmac.compare_digest(self.token(intent).encode(), token.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One message that was told: by whom, to whom."""

    target: str
    recipient: str
    title: Text
    revision: int | None = None


@dataclass(slots=True, kw_only=True)
class Public:
    """The routes; `deployment` is the code, `title` the authority."""

    station: Station
    receipts: Receipts
    deployment: str
    title: Text
    base_url: str = ""

    def routes(self) -> list[BaseRoute]:
        """Return the routes, all under PREFIXES."""
        return [
            Route("/public/warnings.atom", self.feed, methods=["GET"]),
            Route("/public/warnings/{identifier}.xml", self.message, methods=["GET"]),
            Route("/receipt/{intent}/{token}", self.ask, methods=["GET"]),
            Route("/receipt/{intent}/{token}", self.confirm, methods=["POST"]),
        ]

    async def feed(self, request: Request) -> Response:
        """Return the newest published messages as Atom (RFC 4287)."""
        picture = self.station.live()
        body = await to_thread.run_sync(self._atom, picture, self.base_url or str(request.base_url).rstrip("/"))
        etag = f'"{sha256(body).hexdigest()[:24]}"'
        headers = {**HEADERS, "ETag": etag, "Cache-Control": "public, max-age=15"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/atom+xml", headers=headers)

    async def message(self, request: Request) -> Response:
        """Return one published CAP message; it never changes."""
        wanted = request.path_params["identifier"]
        for warning, revision in published(self.station.live()):
            if revision.identifier == wanted:
                headers = {**HEADERS, "Cache-Control": "public, max-age=86400, immutable"}
                return Response(encode(warning, revision), media_type=CAP_TYPE, headers=headers)
        return Response("unknown", status_code=404, headers=HEADERS)

    async def ask(self, request: Request) -> Response:
        """Show the button: opening the address confirms nothing, for mail scanners open it too."""
        told = self._told(request)
        if told is None:
            return _page("链接无效或已过期 / This link is not valid", status=404)
        form = '<form method="post"><button>确认收到 / Confirm receipt</button></form>'
        return _page(f"{escape(told.title.zh)} / {escape(told.title.en)}", form=form)

    async def confirm(self, request: Request) -> Response:
        """Note the receipt; confirming again is nothing new."""
        told = self._told(request)
        if told is None:
            return _page("链接无效或已过期 / This link is not valid", status=404)
        args: dict[str, Json] = {"recipient": told.recipient, "status": "receipted", "channel": "receipt"}
        if told.revision is not None:
            args["revision"] = told.revision
        command = Command(
            id=make_id("command", DELIVERY, request.path_params["intent"], "receipted"),
            kind=DELIVERY,
            target=told.target,
            actor=Actor(name="notifier", post="system", role=Role.ADMINISTRATOR, jurisdiction=self.deployment),
            args=args,
        )
        receipt = await to_thread.run_sync(self.station.submit, command)
        if not receipt.accepted:
            return _page("暂时无法登记，请稍后再试或电话回复 / Cannot be noted now: try later or call", status=503)
        return _page("已登记回执，谢谢 / Receipt noted, thank you")

    def _told(self, request: Request) -> Told | None:
        intent, token = request.path_params["intent"], request.path_params["token"]
        if not self.receipts.right(intent, token):
            return None
        return told_by(self.station.live(), intent)

    def _atom(self, picture: Picture, base_url: str) -> bytes:
        messages = sorted(published(picture), key=lambda pair: (pair[1].sent, pair[1].identifier), reverse=True)
        root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]
        _put(root, "id", f"urn:ops-center:{self.deployment}:warnings")
        _put(root, "title", f"{self.title.zh} / {self.title.en}")
        newest = messages[0][1].published if messages else None
        _put(root, "updated", iso(newest.at_ms if newest else 0))
        etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=f"{base_url}/public/warnings.atom")
        for warning, revision in messages[:MOST_ENTRIES]:
            entry = etree.SubElement(root, f"{{{ATOM}}}entry")
            _put(entry, "id", f"urn:ops-center:{revision.identifier}")
            _put(entry, "title", marked(revision.headline.zh, status=warning.status, language="zh"))
            _put(entry, "updated", iso(revision.published.at_ms if revision.published else 0))
            author = etree.SubElement(entry, f"{{{ATOM}}}author")
            _put(author, "name", (revision.issuer or self.title).zh)
            _put(entry, "summary", marked(revision.headline.en, status=warning.status, language="en"))
            address = f"{base_url}/public/warnings/{revision.identifier}.xml"
            etree.SubElement(entry, f"{{{ATOM}}}link", rel="alternate", type=CAP_TYPE, href=address)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def published(picture: Picture) -> Iterator[tuple[PublicWarning, WarningRevision]]:
    """Yield every message that was ever published and is still known."""
    for warning in picture.warnings:
        for revision in warning.revisions:
            if revision.identifier:
                yield warning, revision


def told_by(picture: Picture, intent: str) -> Told | None:
    """Return the message of an intent, None where the picture knows none."""
    for run in picture.runs:
        for task in run.tasks:
            for recipient, _ in task.deliveries:
                if intent_id(task.id, recipient) == intent:
                    return Told(target=task.id, recipient=recipient, title=task.title)
    for warning, revision in published(picture):
        for recipient, _ in revision.deliveries:
            if delivery_intent(warning.id, revision.number, recipient) == intent:
                return Told(target=warning.id, recipient=recipient, title=revision.headline, revision=revision.number)
    return None


def _put(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{name}").text = text


def _page(words: str, *, form: str = "", status: int = 200) -> Response:
    body = (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>回执 / Receipt</title>'
        "<style>body{font:18px/1.6 sans-serif;max-width:36em;margin:3em auto;padding:0 1em;color:#111;background:#fff}"
        "button{font:inherit;padding:.6em 1.4em}</style>"
        f"<main><p>{words}</p>{form}</main></html>"
    )
    return Response(body, status_code=status, media_type="text/html", headers={**HEADERS, "Cache-Control": "no-store"})

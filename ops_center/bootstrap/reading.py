"""What the wall reads beside pictures: layers, forms and titles of the content, and who may enter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from layers.deck import PALETTE, geojson_of
from layers.model import LayerData
from ops_center.adapters.access import Accounts
from ops_center.bootstrap.geography import Atlas
from ops_center.bootstrap.reload import Reload
from ops_center.domain.command import Actor
from ops_center.domain.digest import plain
from ops_center.domain.errors import NotAllowed
from ops_center.domain.quantity import parse_iso
from ops_center.domain.scales import Status
from ops_center.domain.text import Json, Text
from ops_center.picture import LayerView, LegendEntry


@dataclass(frozen=True, slots=True)
class Door:
    """Implements api.sources.SignIn over the deployment's accounts."""

    accounts: Accounts

    def by_password(self, name: str, password: str) -> Actor | None:
        """Return the person, None where name or password is wrong."""
        return self._of(lambda: self.accounts.sign_in(name, password))

    def by_token(self, token: str) -> Actor | None:
        """Return the person of a one-time link and spend it."""
        return self._of(lambda: self.accounts.redeem(token))

    def _of(self, enter: Callable[[], str]) -> Actor | None:
        try:
            session = enter()
        except NotAllowed:
            return None
        actor = self.accounts.actor(session)
        self.accounts.sign_out(session)  # the app keeps sessions of its own
        return actor


@dataclass(frozen=True, slots=True)
class ContentReads:
    """Implements api.sources.ContentSource."""

    reload: Reload

    def forms(self) -> Mapping[str, Mapping[str, Json]]:
        """Return every form by id."""
        return {form.id: plain(form) for book in self.reload.content.playbooks for form in book.forms.values()}

    def incident_kinds(self) -> Mapping[str, Text]:
        """Return incident kind -> title."""
        return self.reload.content.incident_kinds

    def playbooks(self) -> Mapping[str, Text]:
        """Return playbook id -> title."""
        return {book.id: book.title for book in self.reload.content.playbooks}

    def capabilities(self) -> Mapping[str, Text]:
        """Return capability -> title."""
        return self.reload.content.capabilities

    def posts(self) -> Mapping[str, Text]:
        """Return post -> title."""
        return {post.id: post.title for post in self.reload.content.posts.values()}

    def dispositions(self) -> Mapping[str, Mapping[str, Json]]:
        """Return what may be chosen at closure, in its order."""
        known = self.reload.content.dispositions
        return {
            one.id: {"title": plain(one.title), "of": list(one.of), "remarks": one.remarks} for one in known.values()
        }

    def warning_templates(self) -> Mapping[str, Mapping[str, Json]]:
        """Return what a draft begins with, by template."""
        return {
            one.id: {
                "title": plain(one.title),
                "colours": [str(colour) for colour in one.colours],
                "incident_kinds": list(one.incident_kinds),
                "buffer_m": one.buffer_m,
            }
            for one in self.reload.content.warnings.values()
        }

    def problems(self) -> Sequence[str]:
        """Return what the newest look at the files refused."""
        return [str(error) for error in self.reload.errors]


MOVING: tuple[tuple[str, Text], ...] = (
    ("wind-circles", Text("大风圈(推算)", "Wind circles (derived)")),
    ("warnings", Text("预警区域", "Warning areas")),
    ("quakes", Text("地震", "Earthquakes")),
    ("closures", Text("封闭路段", "Closures")),
    ("speed-advice", Text("限速建议", "Speed advice")),
)


class Layers:
    """Implements picture.LayerSource over the atlas; each GeoJSON is made once."""

    def __init__(self, atlas: Atlas, *, status: Status) -> None:
        self._atlas, self._status = atlas, status
        self._made: dict[str, tuple[bytes, str]] = {}

    def layers(self) -> Sequence[LayerView]:
        """Return every layer in the order it is drawn, then what moves."""
        still = [self._view(data) for data in self._atlas.features.values()]
        moving = [LayerView(id=name, title=title, status=self._status, moving=True) for name, title in MOVING]
        return [*still, *moving]

    def geojson(self, layer: str) -> tuple[bytes, str] | None:
        """Return (GeoJSON, its content hash) of a layer of the catalog."""
        data = self._atlas.features.get(layer)
        if data is None:
            return None
        if layer not in self._made:
            body = msgspec.json.encode(geojson_of(data))
            self._made[layer] = body, blake2b(body, digest_size=12).hexdigest()
        return self._made[layer]

    def _view(self, data: LayerData) -> LayerView:
        layer, draw = data.layer, data.layer.draw
        kind = {"zone": "area"}.get(layer.kind, layer.kind)
        return LayerView(
            id=layer.id,
            title=layer.title,
            status=Status.EXERCISE if layer.exercise else Status.ACTUAL,
            from_ms=parse_iso(f"{layer.valid_from}T00:00:00+08:00"),
            stale_after_ms=layer.stale_after_ms or None,
            draw={
                "as": kind,
                "icon": draw.icon,
                "colour": draw.colour,
                "label": draw.label,
                "label_en": draw.label_en,
                "min_zoom": draw.min_zoom,
                "width": draw.width_px,
            },
            legend=(LegendEntry(title=layer.title, colour=_hex(draw.colour), shape=kind),),
            note=Text(layer.attribution or layer.licence, layer.attribution or layer.licence),
        )


def _hex(colour: str) -> str:
    red, green, blue = PALETTE.get(colour, PALETTE["boundary"])[:3]
    return f"#{red:02x}{green:02x}{blue:02x}"

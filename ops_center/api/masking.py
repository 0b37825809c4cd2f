"""Opaque subject keys, personal values covered for roles that may not see them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_center.domain.ids import make_id
from ops_center.domain.scales import Role
from ops_center.domain.text import Json

# Officers on the case must read a plate out over the radio; others have no need to (PIPL, art. 6).
UNMASKED = frozenset({Role.DUTY_OFFICER, Role.COMMANDER, Role.ADMINISTRATOR})
PERSONAL = re.compile(
    r"(^|\.)(plate|phone|duty_phone|caller|reporter|reported_by|id_number|licence_number|sim)$|^driver\."
)
COVER = "****"


@dataclass(frozen=True, slots=True)
class Opaque:
    """Turns subject keys into screen keys that cannot be turned back; salted per process."""

    salt: str = field(default_factory=lambda: secrets.token_hex(16))
    known: dict[str, str] = field(default_factory=dict)

    def __call__(self, subject: str) -> str:
        """Return the screen key of a subject."""
        key = self.known.get(subject)
        if key is None:
            key = self.known[subject] = make_id("s", self.salt, subject)[2:18]
        return key

    def subject_of(self, key: str) -> str | None:
        """Return the subject of a screen key that this process has given out."""
        return next((subject for subject, known in list(self.known.items()) if known == key), None)


def covered(text: str) -> str:
    """Return a personal value with all but its ends covered: 鲁A12345 -> 鲁A****5."""
    return COVER if len(text) < 5 else f"{text[:2]}{COVER}{text[-1]}"


def mask(value: Json, *, name: str = "") -> Json:
    """Return JSON with every personal field covered; `name` is the dotted name of `value`."""
    match value:
        case Mapping():
            return {key: mask(one, name=_joined(name, str(key))) for key, one in value.items()}
        case list() | tuple():
            return [mask(one, name=name) for one in value]
        case str() if value and PERSONAL.search(name):
            return covered(value)
        case int() | float() if not isinstance(value, bool) and PERSONAL.search(name):
            return COVER
        case _:
            return value


def veil(value: Json, *, subject: str, opaque: Opaque) -> Json:
    """Return JSON with the subject's own key replaced by its screen key wherever it stands."""
    if not subject:
        return value
    match value:
        case Mapping():
            return {key: veil(one, subject=subject, opaque=opaque) for key, one in value.items()}
        case list() | tuple():
            return [veil(one, subject=subject, opaque=opaque) for one in value]
        case str() if subject in value:
            return value.replace(subject, opaque(subject))
        case _:
            return value


def _joined(name: str, key: str) -> str:
    # Parameters and facts carry dotted names themselves; containers (`params`, `facts`) are not part of them.
    return key if "." in key or name.rpartition(".")[2] not in _BOUND else f"{name}.{key}"


_BOUND = frozenset({"vehicle", "driver", "carrier", "waybill", "terminal"})

"""The wall's Dash components: hand-written React in ``assets/js``, one Python class each."""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

NAMESPACE = "ops_wall"  # window.ops_wall.<type> in the browser


class _Part(Component):
    """A component whose script the page loads itself, compressed and named by hash."""

    _children_props: list[str] = []  # noqa: RUF012
    _base_nodes: list[str] = []  # noqa: RUF012
    _namespace = NAMESPACE
    _props: tuple[str, ...] = ("id",)

    def __init__(self, **given: Any) -> None:
        """Take the props that the component's class names."""
        self._type = type(self).__name__
        self._prop_names = list(self._props)
        self.available_properties = list(self._props)
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__(**given)  # type: ignore[no-untyped-call]


class DeckMap(_Part):
    """The map: one deck.gl instance for the life of the page, fed by the live channel.

    `definition` is ``pydeck.Deck.to_json()``; `bounds` is what it shows first (W, S, E, N).
    """

    _props = ("id", "definition", "bounds")


class Wall(_Part):
    """Everything around the map: header, lists, drawer, panels, time bar, keys, sound."""

    _props = ("id", "texts", "deployment")

"""Messages are rendered for a viewer: language, figures, what is missing."""

from __future__ import annotations

import pytest

from ops_center.domain.text import Message, Text

FAR = Text("偏离{off_route_m}米", "{off_route_m} m off its route")


@pytest.mark.parametrize(
    ("value", "said"),
    [(533.76, "534"), (-1234.5, "-1234"), (99.996, "100"), (61.25, "61.25"), (61.0, "61"), (7, "7"), (None, "—")],
)
def test_a_figure_is_said_no_finer_than_it_is_known(value: float | None, said: str) -> None:
    message = Message(template=FAR, params={"off_route_m": value})
    assert message.render("en") == f"{said} m off its route"
    assert message.render("zh") == f"偏离{said}米"


def test_a_text_among_the_parameters_follows_the_language() -> None:
    message = Message(template=Text("在{road}", "on {road}"), params={"road": {"zh": "济青高速", "en": "G20"}})
    assert (message.render("zh"), message.render("en")) == ("在济青高速", "on G20")

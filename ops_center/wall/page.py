"""The page: one Dash app whose layout is the map and what stands around it."""

from __future__ import annotations

import html as escape
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import Dash, html

from ops_center.domain.scales import Status
from ops_center.domain.text import Text
from ops_center.picture import LayerSource
from ops_center.wall.assets import Asset, load_assets
from ops_center.wall.components import DeckMap, Wall
from ops_center.wall.deck import definition, ground_hints
from ops_center.wall.texts import catalogue, catalogues

INDEX = """<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/static/mark.svg?v={mark}" type="image/svg+xml">
<link rel="stylesheet" href="/static/wall.css?v={css}">
{{%metas%}}{{%css%}}
</head>
<body>
{{%app_entry%}}
<footer>{{%config%}}
<script src="/static/deck.js?v={deck}"></script>
<script src="/static/deck-json.js?v={deck_json}"></script>
<script src="/static/wall.js?v={wall}"></script>
{{%scripts%}}{{%renderer%}}
</footer>
</body>
</html>"""

SIGN_IN = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="/static/login.css"></head>
<body><main><h1>{title}</h1><p class="mark">{status}</p>{wrong}
<form method="post" action="/login?lang={language}"><input type="hidden" name="form_token" value="{form_token}">
<label>{name}<input name="name" autocomplete="username" required autofocus></label>
<label>{password}<input name="password" type="password" autocomplete="current-password" required></label>
<button>{enter}</button></form><p><a href="/login?lang={other}">{other_name}</a></p></main></body></html>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageScreen:
    """The page as the HTTP app mounts it."""

    wsgi: Any
    assets: Mapping[str, Asset]
    script_hashes: Sequence[str]
    title: Text
    status: Status

    def sign_in(self, *, language: str, form_token: str, wrong: str) -> str:
        """Return the sign-in page in one language, with what went wrong."""
        texts = catalogue(language)
        other = "zh" if language == "en" else "en"
        said = f'<p class="wrong" role="alert">{escape.escape(texts[wrong])}</p>' if wrong else ""
        return SIGN_IN.format(
            lang="en" if language == "en" else "zh-CN",
            language=language,
            title=escape.escape(self.title.of(language)),
            status=escape.escape(texts[f"status.{self.status}"]),
            wrong=said,
            form_token=escape.escape(form_token),
            name=texts["login.name"],
            password=texts["login.password"],
            enter=texts["login.enter"],
            other=other,
            other_name=catalogue(other)["language.name"],
        )


def make_screen(
    *,
    deployment: str,
    title: Text,
    status: Status,
    time_zone: str,
    bounds: tuple[float, float, float, float],
    layers: LayerSource,
) -> PageScreen:
    """Return the page; the layout is made anew for every visitor, so that new layers show."""
    assets = load_assets()
    app = Dash("ops_wall", serve_locally=True, assets_folder="none", suppress_callback_exceptions=True, title=title.zh)
    app.index_string = INDEX.format(
        title=escape.escape(title.zh),
        mark=assets["mark.svg"].etag,
        css=assets["wall.css"].etag,
        deck=assets["deck.js"].etag,
        deck_json=assets["deck-json.js"].etag,
        wall=assets["wall.js"].etag,
    )

    def layout() -> Any:
        listed = layers.layers()
        place = {
            "code": deployment,
            "title": {"zh": title.zh, "en": title.en},
            "status": str(status),
            "time_zone": time_zone,
            "ground": ground_hints(listed),
        }
        return html.Div(
            className="wall",
            children=[
                Wall(id="wall", texts=catalogues(), deployment=place),
                DeckMap(id="map", definition=definition(listed), bounds=list(bounds)),
            ],
        )

    app.layout = layout
    return PageScreen(
        wsgi=app.server,
        assets=assets,
        script_hashes=tuple(one.strip("'") for one in app.csp_hashes()),
        title=title,
        status=status,
    )

"""A drawing as SVG that stands inside an HTML page."""

from __future__ import annotations

from html import escape

from ops_center.reports.drawing import Drawing, Label, Path, Shape, Sign


def svg(drawing: Drawing) -> str:
    """Return the drawing as one <svg> element; what lies outside the sheet is cut off."""
    body = "".join(_shape(one) for one in drawing.shapes)
    return (
        f'<svg viewBox="0 0 {drawing.width:g} {drawing.height:g}" role="img" '
        f'aria-label="{escape(drawing.described)}" xmlns="http://www.w3.org/2000/svg">{body}</svg>'
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Path():
            return _path(shape)
        case Sign():
            return _sign(shape)
        case Label():
            weight = ' font-weight="bold"' if shape.bold else ""
            weight += ' text-anchor="end"' if shape.ends else ""
            return (
                f'<text x="{shape.at[0]:g}" y="{shape.at[1]:g}" font-size="{shape.size:g}" fill="{shape.colour}"'
                f'{weight} stroke="#fff" stroke-width="2.5" paint-order="stroke">{escape(shape.text)}</text>'
            )


def _path(path: Path) -> str:
    points = " ".join(f"{x:g},{y:g}" for x, y in path.points)
    dash = ' stroke-dasharray="5 4"' if path.dash else ""
    fill = f'fill="{path.fill}" fill-opacity="{path.opacity:g}"' if path.fill else 'fill="none"'
    return f'<polyline points="{points}" {fill} stroke="{path.stroke}" stroke-width="{path.width:g}"{dash}/>'


def _sign(sign: Sign) -> str:
    (x, y), half = sign.at, sign.size / 2
    if sign.shape == "square":
        return (
            f'<rect x="{x - half:g}" y="{y - half:g}" width="{sign.size:g}" height="{sign.size:g}" '
            f'fill="{sign.colour}" stroke="#fff"/>'
        )
    if sign.shape == "cross":
        arms = f"M{x - half:g} {y:g}H{x + half:g}M{x:g} {y - half:g}V{y + half:g}"
        over = f'<path d="{arms}" stroke="{sign.colour}" stroke-width="3"/>'
        return f'<path d="{arms}" stroke="#fff" stroke-width="5"/>{over}'
    return f'<circle cx="{x:g}" cy="{y:g}" r="{half:g}" fill="{sign.colour}" stroke="#fff"/>'

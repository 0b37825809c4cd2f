"""Resources of the content: what the shipped layers list, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from layers.catalog import load_catalog
from layers.loader import read_layer
from ops_center.bootstrap.resources import capabilities_of, resources_of
from ops_center.content import built_in, load_tree, read_document
from ops_center.domain.errors import ContentError
from ops_center.domain.resource import ResourceKind, ResourceState
from ops_center.domain.scales import Status

TREE = load_tree([built_in()])[0]
NAMES = ("counties", "teams", "rescue-vehicles", "stocks")
CATALOG = load_catalog({name: TREE.of("layer")[name] for name in NAMES})
CAPABILITIES = capabilities_of({key: document.data for key, document in TREE.of("capability").items()})
FOUND, ERRORS = resources_of(CATALOG, CAPABILITIES)


def test_teams_vehicles_and_stocks_are_three_kinds_with_home_county_and_quantity():
    assert ERRORS == ()
    kinds = {kind: [one for one in FOUND.values() if one.kind is kind] for kind in ResourceKind}
    assert [len(kinds[kind]) for kind in (ResourceKind.TEAM, ResourceKind.VEHICLE, ResourceKind.STOCK)] == [
        360,
        798,
        200,
    ]
    assert all(one.state is ResourceState.AVAILABLE and one.status is Status.EXERCISE for one in FOUND.values())
    assert all(one.lon_e7 and one.lat_e7 and len(one.jurisdiction) == 6 for one in FOUND.values())
    assert all(one.quantity and one.unit for one in kinds[ResourceKind.STOCK])
    assert all(one.quantity is None and one.roster for one in kinds[ResourceKind.TEAM])
    assert all(one.name.zh.startswith("模拟") and one.name.en.startswith("Exercise") for one in FOUND.values())
    assert list(FOUND) == sorted(FOUND)


def test_every_capability_a_playbook_asks_for_somebody_has():
    from playbooks.book_read import load_playbooks

    asked = {s.params["capability"] for book in load_playbooks(TREE)[0] for s in book.walk() if s.kind == "dispatch"}
    assert asked <= {capability for one in FOUND.values() for capability in one.capability}
    assert asked <= set(CAPABILITIES)


def test_a_capability_that_is_not_there_refuses_its_layer_with_the_nearest_right_name():
    fewer = {name: title for name, title in CAPABILITIES.items() if name != "hazmat_vehicle"}
    found, errors = resources_of(CATALOG, fewer)
    (error,) = errors
    assert "hazmat_vehicle" in str(error)
    assert error.field == "resource.capability"
    assert not any(one.startswith("rescue-vehicles/") for one in found)
    assert any(one.startswith("teams/") for one in found)


def test_a_deployment_that_is_an_exercise_marks_all_its_resources():
    real = replace(CATALOG.layers["teams"], layer=replace(CATALOG.layers["teams"].layer, exercise=False))
    catalog = replace(CATALOG, layers={"teams": real})
    assert {one.status for one in resources_of(catalog, CAPABILITIES)[0].values()} == {Status.ACTUAL}
    marked, _ = resources_of(catalog, CAPABILITIES, status=Status.EXERCISE)
    assert {one.status for one in marked.values()} == {Status.EXERCISE}


def test_a_resource_key_that_names_no_field_is_refused_where_it_stands(tmp_path: Path):
    text = Path(TREE.of("layer")["stocks"].file).read_text(encoding="utf-8")
    path = tmp_path / "stocks.yml"
    path.write_text(text.replace("quantity: quantity,", "quantity: quantty,"), encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read_layer(read_document(path))
    assert (error.value.field, error.value.suggestion) == ("resource.quantity", "quantity")
    path.write_text(text.replace(", unit: unit}", "}"), encoding="utf-8")
    with pytest.raises(ContentError, match="unit"):
        read_layer(read_document(path))

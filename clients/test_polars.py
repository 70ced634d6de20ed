"""`polars`: its catalog client lists and scans."""

from __future__ import annotations

from typing import Callable

import polars
import pytest

import rows
from server import Api, Server

pytestmark = pytest.mark.filterwarnings("ignore:.*considered unstable.*")


@pytest.fixture(scope="module")
def frame() -> polars.DataFrame:
    return polars.DataFrame(
        {"id": [1, 2, 3, 4], "part": ["a", "a", "b", None], "value": [0.5, None, 1.5, 2.5]}
    )


@pytest.fixture(scope="module")
def name(
    admin: Api, server: Server, schema: tuple[str, str], unique: Callable[[str], str], frame: polars.DataFrame
) -> str:
    name = unique("levels")
    where = server.tables / name
    frame.write_delta(str(where), delta_write_options={"partition_by": ["part"]})
    admin.register(*schema, name, where)
    return name


@pytest.fixture(scope="module")
def catalog(server: Server) -> polars.Catalog:
    return polars.Catalog(server.url, bearer_token=server.admin_token, require_https=False)


def test_lists(catalog: polars.Catalog, schema: tuple[str, str], name: str) -> None:
    assert schema[0] in {c.name for c in catalog.list_catalogs()}
    assert schema[1] in {n.name for n in catalog.list_namespaces(schema[0])}
    assert name in {t.name for t in catalog.list_tables(*schema)}


def test_sees_the_sample(catalog: polars.Catalog) -> None:
    assert "sample" in {c.name for c in catalog.list_catalogs()}
    assert "daily" in {t.name for t in catalog.list_tables("sample", "weather")}
    assert catalog.get_table_info("sample", "weather", "daily").table_type == "MANAGED"


def test_table_info(catalog: polars.Catalog, schema: tuple[str, str], name: str) -> None:
    info = catalog.get_table_info(*schema, name)
    assert info.table_type == "EXTERNAL"
    assert info.data_source_format == "DELTA"
    assert info.storage_location is not None and info.storage_location.startswith("file:")
    assert [c.name for c in info.columns or []] == ["id", "part", "value"]
    assert info.get_polars_schema() == polars.Schema(
        {"id": polars.Int64, "part": polars.String, "value": polars.Float64}
    )


def test_scans(
    catalog: polars.Catalog, schema: tuple[str, str], name: str, frame: polars.DataFrame
) -> None:
    scanned = catalog.scan_table(*schema, name)
    assert rows.of_dicts(scanned.collect().to_dicts()) == rows.of_dicts(frame.to_dicts())
    wanted = scanned.filter(polars.col("part") == "a").select("id").collect()
    assert sorted(wanted["id"]) == [1, 2]


def test_a_managed_table_is_refused_by_what_polars_reads_with(catalog: polars.Catalog) -> None:
    """Polars reads Delta tables with deltalake, which does not know catalogManaged, and says so."""
    with pytest.raises(Exception, match="catalogManaged"):
        catalog.scan_table("sample", "weather", "daily").collect()


def test_makes_and_drops_a_catalog(catalog: polars.Catalog, unique: Callable[[str], str]) -> None:
    made = unique("polars")
    catalog.create_catalog(made, comment="by polars")
    catalog.create_namespace(made, "inner")
    assert [n.name for n in catalog.list_namespaces(made)] == ["inner"]
    catalog.delete_namespace(made, "inner")
    catalog.delete_catalog(made)
    assert made not in {c.name for c in catalog.list_catalogs()}


def test_makes_a_table_of_columns(
    catalog: polars.Catalog, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    """There is no log yet: the catalog writes version 0, and the table is read and written from then on."""
    name = unique("made")
    where = server.tables / name
    wanted = polars.Schema(
        {
            "id": polars.Int64,
            "name": polars.String,
            "at": polars.Datetime("us"),
            "tags": polars.List(polars.String),
            "price": polars.Decimal(12, 2),
        }
    )
    made = catalog.create_table(
        *schema,
        name,
        schema=wanted,
        table_type="EXTERNAL",
        data_source_format="DELTA",
        storage_root=where.as_uri(),
    )
    assert made.name == name
    assert catalog.get_table_info(*schema, name).get_polars_schema() == wanted
    assert catalog.scan_table(*schema, name).collect().height == 0
    polars.DataFrame(
        {"id": [1], "name": ["a"], "at": [None], "tags": [["x"]], "price": [None]}, schema=wanted
    ).write_delta(str(where), mode="append")
    assert catalog.scan_table(*schema, name).select("id", "name").collect().rows() == [(1, "a")]
    catalog.delete_table(*schema, name)

"""The Databricks SDK's WorkspaceClient: catalogs, schemas, tables, grants, shares, recipients."""

from __future__ import annotations

import time
from typing import Any, Callable

import pandas
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.errors import AlreadyExists, NotFound, PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service import catalog as unity
from databricks.sdk.service import sharing
from deltalake import write_deltalake

import principals
from server import SHARING, Api, Server


def client(server: Server, token: str) -> WorkspaceClient:
    return WorkspaceClient(
        config=Config(
            host=server.url, token=token, auth_type="pat", http_timeout_seconds=20, retry_timeout_seconds=5
        )
    )


@pytest.fixture(scope="module")
def workspace(server: Server) -> WorkspaceClient:
    return client(server, server.admin_token)


@pytest.fixture
def table(
    workspace: WorkspaceClient, server: Server, schema: tuple[str, str], unique: Callable[[str], str]
) -> str:
    name = unique("sdk")
    where = server.tables / name
    write_deltalake(where, pandas.DataFrame({"id": [1, 2, 3]}))
    made = workspace.tables.create(
        name=name,
        catalog_name=schema[0],
        schema_name=schema[1],
        table_type=unity.TableType.EXTERNAL,
        data_source_format=unity.DataSourceFormat.DELTA,
        storage_location=where.as_uri(),
    )
    assert made.full_name == f"{schema[0]}.{schema[1]}.{name}"
    return made.full_name


def test_catalogs(workspace: WorkspaceClient, unique: Callable[[str], str]) -> None:
    names = [unique("sdk_catalog") for _ in range(3)]
    for name in names:
        made = workspace.catalogs.create(name, comment="made by the SDK", properties={"k": "v"})
        assert (made.name, made.comment, made.properties) == (name, "made by the SDK", {"k": "v"})
        assert made.owner == "admin" and made.created_at
    listed = [c.name for c in workspace.catalogs.list()]
    assert set(names) <= set(listed) and len(listed) == len(set(listed))
    paged = [c.name for c in workspace.catalogs.list(max_results=1)]
    assert sorted(paged) == sorted(listed)
    renamed = unique("sdk_renamed")
    changed = workspace.catalogs.update(names[0], new_name=renamed, comment="changed")
    assert (changed.name, changed.comment) == (renamed, "changed")
    assert workspace.catalogs.get(renamed).comment == "changed"
    with pytest.raises(NotFound):
        workspace.catalogs.get(names[0])
    with pytest.raises(AlreadyExists):
        workspace.catalogs.create(names[1])
    workspace.schemas.create("inner", catalog_name=names[1])
    with pytest.raises(DatabricksError) as not_empty:
        workspace.catalogs.delete(names[1])
    assert "inner" in str(not_empty.value) or "empty" in str(not_empty.value)
    workspace.catalogs.delete(names[1], force=True)
    for name in (renamed, names[2]):
        workspace.catalogs.delete(name)
    assert not set(names + [renamed]) & {c.name for c in workspace.catalogs.list()}


def test_schemas(
    workspace: WorkspaceClient, schema: tuple[str, str], unique: Callable[[str], str]
) -> None:
    name = unique("sdk_schema")
    made = workspace.schemas.create(name, catalog_name=schema[0], comment="made by the SDK")
    assert made.full_name == f"{schema[0]}.{name}"
    assert name in {s.name for s in workspace.schemas.list(schema[0])}
    workspace.schemas.update(made.full_name, comment="changed")
    assert workspace.schemas.get(made.full_name).comment == "changed"
    workspace.schemas.delete(made.full_name)
    with pytest.raises(NotFound):
        workspace.schemas.get(made.full_name)


def test_tables(workspace: WorkspaceClient, schema: tuple[str, str], table: str) -> None:
    got = workspace.tables.get(table)
    assert got.table_type == unity.TableType.EXTERNAL
    assert got.data_source_format == unity.DataSourceFormat.DELTA
    assert [(c.name, c.type_name, c.position) for c in got.columns or []] == [
        ("id", unity.ColumnTypeName.LONG, 0)
    ]
    assert table in {t.full_name for t in workspace.tables.list(*schema)}
    assert table in {t.full_name for t in workspace.tables.list_summaries(schema[0])}
    assert workspace.tables.exists(table).table_exists is True
    assert workspace.tables.exists(table + "_not").table_exists is False
    workspace.tables.delete(table)
    with pytest.raises(NotFound):
        workspace.tables.get(table)


def test_lists_of_many_pages(
    workspace: WorkspaceClient, server: Server, unique: Callable[[str], str]
) -> None:
    """The SDK's iterators follow the page tokens: one object a page gives the same as all at once, and all of it."""
    catalog = unique("sdk_pages")
    workspace.catalogs.create(catalog)
    schemas = sorted(unique("sdk_page") for _ in range(3))
    for schema in schemas:
        workspace.schemas.create(schema, catalog_name=catalog)
    tables = sorted(unique("sdk_page") for _ in range(3))
    for table in tables:
        where = server.tables / table
        write_deltalake(where, pandas.DataFrame({"id": [1]}))
        server.admin().register(catalog, schemas[0], table, where)
    shares, recipients = [sorted(unique("sdk_page") for _ in range(3)) for _ in range(2)]
    for share in shares:
        workspace.shares.create(share)
    for recipient in recipients:
        workspace.recipients.create(recipient, sharing.AuthenticationType.TOKEN)

    for size in (1, 2, 100):
        assert sorted(s.name for s in workspace.schemas.list(catalog, max_results=size)) == schemas
        listed = list(workspace.tables.list(catalog, schemas[0], max_results=size))
        assert sorted(t.name for t in listed) == tables
        summaries = list(workspace.tables.list_summaries(catalog, max_results=size))
        assert sorted(t.full_name for t in summaries) == [f"{catalog}.{schemas[0]}.{t}" for t in tables]
        for made, found in (
            (shares, [s.name for s in workspace.shares.list_shares(max_results=size)]),
            (recipients, [r.name for r in workspace.recipients.list(max_results=size)]),
        ):
            assert len(found) == len(set(found)) and [n for n in sorted(found) if n in made] == made


def test_grants(
    workspace: WorkspaceClient,
    server: Server,
    schema: tuple[str, str],
    table: str,
    unique: Callable[[str], str],
) -> None:
    """A stranger is refused; grants let them in, at once; revoking one shuts them out within a second."""
    reader = principals.create(server.admin(), unique("reader"))
    theirs = client(server, reader.token)
    with pytest.raises((PermissionDenied, NotFound)):
        theirs.tables.get(table)

    def change(kind: str, name: str, **privileges: list[unity.Privilege]) -> None:
        workspace.grants.update(
            kind, name, changes=[unity.PermissionsChange(principal=reader.name, **privileges)]
        )

    change("catalog", schema[0], add=[unity.Privilege.USE_CATALOG])
    change("schema", ".".join(schema), add=[unity.Privilege.USE_SCHEMA])
    change("table", table, add=[unity.Privilege.SELECT])
    assert theirs.tables.get(table).full_name == table
    with pytest.raises(PermissionDenied):
        theirs.tables.delete(table)
    with pytest.raises(PermissionDenied):
        theirs.schemas.create("theirs", catalog_name=schema[0])
    given = workspace.grants.get("table", table).privilege_assignments or []
    assert [(a.principal, a.privileges) for a in given if a.principal == reader.name] == [
        (reader.name, [unity.Privilege.SELECT])
    ]
    change("schema", ".".join(schema), remove=[unity.Privilege.USE_SCHEMA])
    revoked = time.monotonic()
    while True:
        try:
            theirs.tables.get(table)
        except (PermissionDenied, NotFound):
            break
        assert time.monotonic() - revoked < 1, "a revoked grant is refused within a second"
    with pytest.raises(Unauthenticated):
        client(server, "tdg_not-a-token").catalogs.get(schema[0])


def test_grants_round_trip(
    workspace: WorkspaceClient,
    server: Server,
    schema: tuple[str, str],
    table: str,
    unique: Callable[[str], str],
) -> None:
    """What was granted is what the SDK shows, for every kind of securable and privilege."""
    reader = principals.create(server.admin(), unique("grantee"))
    metastore = workspace.metastores.summary()
    assert metastore.metastore_id
    assert workspace.metastores.current().metastore_id == metastore.metastore_id
    assert [m.metastore_id for m in workspace.metastores.list()] == [metastore.metastore_id]
    given = unity.Privilege
    for kind, name, privileges in [
        (
            "metastore",
            metastore.metastore_id,
            {given.CREATE_CATALOG, given.CREATE_SHARE, given.CREATE_RECIPIENT},
        ),
        ("catalog", schema[0], {given.USE_CATALOG, given.CREATE_SCHEMA, given.USE_SCHEMA}),
        ("schema", ".".join(schema), {given.USE_SCHEMA, given.CREATE_TABLE}),
        ("table", table, {given.SELECT, given.MODIFY}),
    ]:
        changes = [unity.PermissionsChange(principal=reader.name, add=sorted(privileges, key=lambda p: p.value))]
        for answer in (
            workspace.grants.update(kind, name, changes=changes),
            workspace.grants.get(kind, name, principal=reader.name),
        ):
            theirs = [a for a in answer.privilege_assignments or [] if a.principal == reader.name]
            assert {p for a in theirs for p in a.privileges or []} == privileges, (kind, answer)
    effective = workspace.grants.get_effective("table", table, principal=reader.name)
    shown = {p.privilege for a in effective.privilege_assignments or [] for p in a.privileges or []}
    assert {given.USE_CATALOG, given.USE_SCHEMA, given.SELECT, given.MODIFY} <= shown


def test_first_calls(
    server: Server, workspace: WorkspaceClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A new client prints no warning, and is told who it is."""
    fresh = client(server, server.admin_token)
    me = fresh.current_user.me()
    assert (me.user_name, me.display_name, me.active) == ("admin", "admin", True)
    assert not [r for r in caplog.records if "host metadata" in r.getMessage()]
    assert [u.user_name for u in workspace.users.list(filter='userName eq "admin"')] == ["admin"]
    assert workspace.users.get(me.id).user_name == "admin"


def test_shares(workspace: WorkspaceClient, table: str, unique: Callable[[str], str]) -> None:
    name = unique("sdk_share")
    made = workspace.shares.create(name, comment="made by the SDK")
    assert (made.name, made.comment, made.owner) == (name, "made by the SDK", "admin")
    changed = workspace.shares.update(name, updates=[add_table(table, shared_as="outside.orders")])
    assert [(o.name, o.shared_as) for o in changed.objects or []] == [(table, "outside.orders")]
    got = workspace.shares.get(name, include_shared_data=True)
    assert [o.name for o in got.objects or []] == [table]
    assert name in {s.name for s in workspace.shares.list_shares()}
    removal = sharing.SharedDataObjectUpdate(
        action=sharing.SharedDataObjectUpdateAction.REMOVE,
        data_object=sharing.SharedDataObject(
            name=table, data_object_type=sharing.SharedDataObjectDataObjectType.TABLE
        ),
    )
    assert not workspace.shares.update(name, updates=[removal]).objects
    assert workspace.shares.update(name, comment="changed").comment == "changed"
    with pytest.raises(AlreadyExists):
        workspace.shares.create(name)
    with pytest.raises(NotFound):
        workspace.shares.update(name, updates=[add_table(table + "_not")])
    workspace.shares.delete(name)
    with pytest.raises(NotFound):
        workspace.shares.get(name)


def add_table(table: str, **options: Any) -> sharing.SharedDataObjectUpdate:
    return sharing.SharedDataObjectUpdate(
        action=sharing.SharedDataObjectUpdateAction.ADD,
        data_object=sharing.SharedDataObject(
            name=table, data_object_type=sharing.SharedDataObjectDataObjectType.TABLE, **options
        ),
    )


def test_recipients(
    workspace: WorkspaceClient, server: Server, table: str, unique: Callable[[str], str]
) -> None:
    share, name = unique("sdk_share"), unique("sdk_recipient")
    workspace.shares.create(share)
    workspace.shares.update(share, updates=[add_table(table)])
    made = workspace.recipients.create(
        name,
        sharing.AuthenticationType.TOKEN,
        comment="made by the SDK",
        properties_kvpairs=sharing.SecurablePropertiesKvPairs({"country": "NZ"}),
    )
    assert made.name == name and made.tokens and made.tokens[0].activation_url
    assert not made.activated
    workspace.shares.update_permissions(
        share, changes=[sharing.PermissionsChange(principal=name, add=["SELECT"])]
    )
    assert [
        a.principal for a in workspace.shares.share_permissions(share).privilege_assignments or []
    ] == [name]
    granted = workspace.recipients.share_permissions(name).permissions_out or []
    assert [p.share_name for p in granted] == [share]

    link = made.tokens[0].activation_url.rsplit("/", 1)[-1]
    profile = workspace.recipient_activation.retrieve_token(link)
    assert profile.share_credentials_version == 1
    assert profile.endpoint == server.url + SHARING
    first = Api(server.url, profile.bearer_token)
    assert [s["name"] for s in first.get(SHARING + "/shares")["items"]] == [share]
    with pytest.raises(DatabricksError) as again:
        workspace.recipient_activation.retrieve_token(link)
    assert profile.bearer_token not in str(again.value)
    assert workspace.recipients.get(name).activated

    rotated = workspace.recipients.rotate_token(name, existing_token_expire_in_seconds=3600)
    newest = [t for t in rotated.tokens or [] if t.activation_url]
    assert newest
    second = server.admin().activate({"tokens": [{"activation_url": newest[-1].activation_url}]})
    assert second["bearerToken"] != profile.bearer_token
    for token in (profile.bearer_token, second["bearerToken"]):
        Api(server.url, token).call("GET", SHARING + "/shares")
    again_rotated = workspace.recipients.rotate_token(name, existing_token_expire_in_seconds=0)
    third = server.admin().activate(
        {"tokens": [{"activation_url": [t for t in again_rotated.tokens or [] if t.activation_url][-1].activation_url}]}
    )
    Api(server.url, third["bearerToken"]).call("GET", SHARING + "/shares")
    Api(server.url, second["bearerToken"]).call("GET", SHARING + "/shares", expect=401)

    workspace.recipients.update(name, comment="changed")
    assert workspace.recipients.get(name).comment == "changed"
    assert name in {r.name for r in workspace.recipients.list()}
    workspace.recipients.delete(name)
    Api(server.url, third["bearerToken"]).call("GET", SHARING + "/shares", expect=401)
    with pytest.raises(NotFound):
        workspace.recipients.get(name)

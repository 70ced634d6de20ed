-- Managed tables with a commit stream, as of their latest ratified version. Derived from events.
CREATE TABLE ${schema}.tables (
    id                 uuid        PRIMARY KEY,
    location           text        NOT NULL,
    version            bigint      NOT NULL CHECK (version >= 0),
    commit_timestamp   bigint      NOT NULL,
    published_version  bigint      NOT NULL,
    metadata_version   bigint      NOT NULL,
    metadata_timestamp bigint      NOT NULL,
    schema_string      text        NOT NULL,
    partition_columns  text[]      NOT NULL,
    properties         jsonb       NOT NULL,
    protocol           jsonb       NOT NULL,
    description        text,
    domain_metadata    jsonb       NOT NULL,
    uniform            jsonb,
    closed             boolean     NOT NULL,
    updated_at         timestamptz NOT NULL
) WITH (fillfactor = 80);

-- Ratified commits that are not known to be published. Derived from events.
CREATE TABLE ${schema}.unpublished_commits (
    table_id         uuid   NOT NULL,
    version          bigint NOT NULL,
    file_name        text   NOT NULL,
    file_size        bigint NOT NULL,
    commit_timestamp bigint NOT NULL,
    file_modified    bigint NOT NULL,
    content_hash     text   NOT NULL,
    PRIMARY KEY (table_id, version)
);

-- Which transaction became which version: none is ratified twice. Derived from events.
CREATE TABLE ${schema}.transactions (
    table_id uuid   NOT NULL,
    txn_id   text   NOT NULL,
    version  bigint NOT NULL,
    PRIMARY KEY (table_id, txn_id)
);

-- Tables that were promised an id and a place.
CREATE TABLE ${schema}.staging_tables (
    id           uuid        PRIMARY KEY,
    catalog_name text        NOT NULL,
    schema_name  text        NOT NULL,
    table_name   text        NOT NULL,
    location     text        NOT NULL UNIQUE,
    owner_id     uuid        NOT NULL,
    owner_name   text        NOT NULL,
    state        text        NOT NULL CHECK (state IN ('STAGED', 'CREATING', 'CREATED', 'EXPIRED', 'DROPPED')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);

-- What is still to be done, at most one of a kind for a table. An entry that is being worked on is due again when its
-- lease ends; one that was asked for again meanwhile has another generation, and is not done yet.
CREATE TABLE ${schema}.work (
    kind       text        NOT NULL CHECK (kind IN ('PUBLISH', 'OPEN', 'EXPIRE', 'PURGE')),
    table_id   uuid        NOT NULL,
    due_at     timestamptz NOT NULL,
    generation bigint      NOT NULL DEFAULT 0,
    attempts   integer     NOT NULL DEFAULT 0,
    failure    text,
    PRIMARY KEY (kind, table_id)
);

CREATE INDEX work_by_due_time ON ${schema}.work (due_at);

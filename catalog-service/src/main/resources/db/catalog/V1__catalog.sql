-- Projections: everything but `tokens` can be rebuilt from the events.

CREATE TABLE ${schema}.catalogs (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    comment    text,
    properties jsonb       NOT NULL,
    owner_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text        NOT NULL
);

CREATE TABLE ${schema}.schemas (
    id         uuid        PRIMARY KEY,
    catalog_id uuid        NOT NULL,
    name       text        NOT NULL,
    comment    text,
    properties jsonb       NOT NULL,
    owner_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text        NOT NULL,
    UNIQUE (catalog_id, name)
);

CREATE TABLE ${schema}.tables (
    id                uuid        PRIMARY KEY,
    schema_id         uuid        NOT NULL,
    name              text        NOT NULL,
    type              text        NOT NULL,
    format            text        NOT NULL,
    location          text        NOT NULL,
    comment           text,
    schema_string     text        NOT NULL,
    partition_columns text[]      NOT NULL,
    properties        jsonb       NOT NULL,
    delta_version     bigint      NOT NULL,
    owner_id          uuid        NOT NULL,
    created_at        timestamptz NOT NULL,
    created_by        text        NOT NULL,
    updated_at        timestamptz NOT NULL,
    updated_by        text        NOT NULL,
    UNIQUE (schema_id, name)
);

-- Which of two overlapping locations came first is decided here, under a lock on the location's root.
CREATE INDEX tables_by_location ON ${schema}.tables (location text_pattern_ops);

CREATE TABLE ${schema}.principals (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    kind       text        NOT NULL,
    admin      boolean     NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE ${schema}.teams (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE ${schema}.team_members (
    team_id      uuid NOT NULL,
    principal_id uuid NOT NULL,
    PRIMARY KEY (principal_id, team_id)
);

-- securable_id is the metastore's own id for grants on the metastore.
CREATE TABLE ${schema}.grants (
    securable_type text NOT NULL,
    securable_id   uuid NOT NULL,
    grantee_id     uuid NOT NULL,
    privilege      text NOT NULL,
    PRIMARY KEY (securable_id, grantee_id, privilege)
);
CREATE INDEX grants_by_grantee ON ${schema}.grants (grantee_id);

-- Not derived from events: a token's hash never enters one, and its row can be deleted.
CREATE TABLE ${schema}.tokens (
    id           uuid        PRIMARY KEY,
    principal_id uuid        NOT NULL,
    hash         bytea       NOT NULL UNIQUE,
    comment      text,
    created_at   timestamptz NOT NULL,
    created_by   text        NOT NULL,
    expires_at   timestamptz
);
CREATE INDEX tokens_by_principal ON ${schema}.tokens (principal_id, id);

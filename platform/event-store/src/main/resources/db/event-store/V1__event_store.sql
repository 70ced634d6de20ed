-- One row per stream: what an append compares and sets.
CREATE TABLE ${schema}.streams (
    category text   NOT NULL,
    id       text   NOT NULL,
    version  bigint NOT NULL CHECK (version >= 0),
    PRIMARY KEY (category, id)
) WITH (fillfactor = 70);

-- A feed epoch is a stretch of the feed whose transaction ids are comparable: those of one timeline of one database
-- cluster. A restore into another cluster begins the next epoch.
CREATE TABLE ${schema}.feed_epochs (
    epoch    integer     PRIMARY KEY CHECK (epoch >= 0),
    cluster  text        NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now()
);

-- The feed's order is (epoch, txid, position). txid is at least the appending transaction's id; position orders the
-- events of equal txid and means nothing else.
CREATE TABLE ${schema}.events (
    epoch          integer     NOT NULL,
    txid           xid8        NOT NULL,
    position       bigint      GENERATED ALWAYS AS IDENTITY,
    category       text        NOT NULL,
    stream_id      text        NOT NULL,
    version        bigint      NOT NULL CHECK (version >= 0),
    id             uuid        NOT NULL,
    type           text        NOT NULL,
    schema_version integer     NOT NULL CHECK (schema_version >= 1),
    data           jsonb       NOT NULL,
    principal      text        NOT NULL,
    request_id     text        NOT NULL,
    securable      text,
    recorded_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (epoch, txid, position),
    UNIQUE (category, stream_id, version)
);

CREATE INDEX events_by_type ON ${schema}.events (type, epoch, txid, position);
CREATE INDEX events_by_securable ON ${schema}.events (securable, epoch, txid, position) WHERE securable IS NOT NULL;

-- How far each follower of a feed (this schema's or another service's) has come.
CREATE TABLE ${schema}.feed_positions (
    name       text        PRIMARY KEY,
    cursor     text        NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

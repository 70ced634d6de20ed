-- Projection "shares": from this service's own events.
CREATE TABLE sharing.shares (
  share_id uuid PRIMARY KEY,
  name text NOT NULL,
  name_key text NOT NULL UNIQUE,
  comment text,
  owner text NOT NULL,
  owner_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL
);

-- Keys are the names in lower case: the protocol's names are case-insensitive.
CREATE TABLE sharing.shared_tables (
  share_id uuid NOT NULL,
  table_id uuid NOT NULL,
  schema_name text NOT NULL,
  schema_key text NOT NULL,
  table_name text NOT NULL,
  table_key text NOT NULL,
  history boolean NOT NULL,
  start_version bigint NOT NULL,
  comment text,
  added_at timestamptz NOT NULL,
  added_by text NOT NULL,
  PRIMARY KEY (share_id, table_id),
  UNIQUE (share_id, schema_key, table_key)
);

CREATE TABLE sharing.recipients (
  recipient_id uuid PRIMARY KEY,
  name text NOT NULL,
  name_key text NOT NULL UNIQUE,
  comment text,
  owner text NOT NULL,
  owner_id uuid NOT NULL,
  expires_at timestamptz,
  properties jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  updated_at timestamptz NOT NULL,
  updated_by text NOT NULL
);

CREATE TABLE sharing.share_grants (
  share_id uuid NOT NULL,
  recipient_id uuid NOT NULL,
  granted_at timestamptz NOT NULL,
  granted_by text NOT NULL,
  PRIMARY KEY (recipient_id, share_id)
);

CREATE INDEX share_grants_by_share ON sharing.share_grants (share_id, recipient_id);

-- Not a projection: secrets never enter an event. A row is a token, or the activation link that
-- will become one; both are kept as SHA-256 hashes only.
CREATE TABLE sharing.recipient_tokens (
  token_id uuid PRIMARY KEY,
  recipient_id uuid NOT NULL,
  activation_hash bytea UNIQUE,
  token_hash bytea UNIQUE,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  activated_at timestamptz,
  expires_at timestamptz
);

CREATE INDEX recipient_tokens_by_recipient ON sharing.recipient_tokens (recipient_id, created_at);

-- The catalog's tables, from the catalog's feed. A dropped table's row stays as a tombstone, so that
-- a share that is being changed at the same moment cannot bring it back.
CREATE TABLE sharing.catalog_tables (
  table_id uuid PRIMARY KEY,
  catalog_name text NOT NULL,
  schema_name text NOT NULL,
  table_name text NOT NULL,
  managed boolean NOT NULL,
  location text NOT NULL,
  dropped boolean NOT NULL
);

CREATE INDEX catalog_tables_by_name
  ON sharing.catalog_tables (lower(catalog_name), lower(schema_name), lower(table_name));

-- The key that file URLs are signed with: one, made by the first replica that starts.
CREATE TABLE sharing.signing_key (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

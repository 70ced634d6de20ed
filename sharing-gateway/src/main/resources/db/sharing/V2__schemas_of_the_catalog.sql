-- Which catalog a schema is in, and which schema a table: so that a renamed catalog or schema is known to its tables.
CREATE TABLE sharing.catalog_schemas (
  schema_id uuid PRIMARY KEY,
  catalog_id uuid NOT NULL
);

CREATE INDEX catalog_schemas_by_catalog ON sharing.catalog_schemas (catalog_id);

ALTER TABLE sharing.catalog_tables ADD COLUMN schema_id uuid;

CREATE INDEX catalog_tables_by_schema ON sharing.catalog_tables (schema_id);

-- Which of a table's properties are its log's; the others are the catalog's own.
ALTER TABLE ${schema}.tables ADD COLUMN log_properties text[];
UPDATE ${schema}.tables t
   SET log_properties = ARRAY(SELECT k FROM jsonb_object_keys(t.properties) k
                               WHERE k LIKE 'delta.%' ORDER BY k COLLATE "C");
ALTER TABLE ${schema}.tables ALTER COLUMN log_properties SET NOT NULL;

-- Whether a principal or a team owns something is asked before it is deleted.
CREATE INDEX catalogs_by_owner ON ${schema}.catalogs (owner_id);
CREATE INDEX schemas_by_owner ON ${schema}.schemas (owner_id);
CREATE INDEX tables_by_owner ON ${schema}.tables (owner_id);

-- How often a table's comment was changed without a commit: a part of its etag. Derived from events.
ALTER TABLE ${schema}.tables ADD COLUMN comments bigint NOT NULL DEFAULT 0;

-- What is shown of a principal, and whether their tokens work.
ALTER TABLE ${schema}.principals ADD COLUMN display_name text;
ALTER TABLE ${schema}.principals ADD COLUMN active boolean NOT NULL DEFAULT true;

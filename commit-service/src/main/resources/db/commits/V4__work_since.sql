-- Since when work is due, however often it was tried: how late it is, and what goes on failing, is seen by it.
ALTER TABLE ${schema}.work ADD COLUMN since timestamptz;
UPDATE ${schema}.work SET since = CASE WHEN failure IS NULL THEN due_at ELSE now() END;
ALTER TABLE ${schema}.work ALTER COLUMN since SET NOT NULL;

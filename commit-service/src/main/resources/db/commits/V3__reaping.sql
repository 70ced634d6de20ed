-- Staged commits are removed some time after the log has their version.
ALTER TABLE ${schema}.work DROP CONSTRAINT work_kind_check;
ALTER TABLE ${schema}.work ADD CONSTRAINT work_kind_check CHECK (kind IN ('PUBLISH', 'OPEN', 'EXPIRE', 'REAP', 'PURGE'));

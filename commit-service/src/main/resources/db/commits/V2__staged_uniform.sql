-- What the client said of version 0's Iceberg metadata: whoever finishes the creation needs it, and no log has it.
ALTER TABLE ${schema}.staging_tables ADD COLUMN uniform jsonb;

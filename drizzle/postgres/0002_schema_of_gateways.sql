-- The schema version of each gateway's program: a migration that it cannot live with waits until it has stopped.
ALTER TABLE gateways ADD COLUMN schema_version integer NOT NULL DEFAULT 2;

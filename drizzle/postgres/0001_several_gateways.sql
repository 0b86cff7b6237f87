-- The gateways of this database. One runs the jobs, the others wait to take over; each renews its row while it lives and deletes it when
-- it stops. Times here are the server's, because the clocks of machines differ.
CREATE TABLE gateways (
  id text PRIMARY KEY,
  -- Where the others reach it.
  address text NOT NULL,
  -- Its machine and directory: a gateway that starts there again knows that the one before is gone.
  place text NOT NULL,
  version text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL
);

-- The bytes of uploaded files and of results of batches, in pieces of 256 KB. They are stored as they are: compressing them on the way
-- in would cost more than it saves, and a piece could not be read in parts.
CREATE TABLE file_pieces (
  file text NOT NULL,
  piece integer NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (file, piece)
);
ALTER TABLE file_pieces ALTER COLUMN data SET STORAGE EXTERNAL;

-- The processes that share the store. What an owner without a row has claimed is judged by its leases alone.
CREATE TABLE owner (
  owner TEXT PRIMARY KEY,
  -- Until when it counts as living without another beat; 0: it has said that it ended.
  expires_at BIGINT NOT NULL
) WITH (fillfactor = 50);

-- Since when the time was written down without a gap. A gap means that the database was away, for whomever.
ALTER TABLE probe ADD COLUMN steady_since BIGINT NOT NULL DEFAULT 0;

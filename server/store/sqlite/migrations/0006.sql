-- How many events a cell counts: one may stand for many calls, or for many that were
-- lost, and neither says how many came.
ALTER TABLE rollups ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
UPDATE rollups SET events = c.n
	FROM (SELECT app, time / 86400000 AS day, version, kind, name, count(*) AS n FROM events GROUP BY 1, 2, 3, 4, 5) AS c
	WHERE rollups.app = c.app AND rollups.day = c.day AND rollups.version = c.version AND rollups.kind = c.kind AND rollups.name = c.name;

-- People who asked to be forgotten. What arrives of them later is refused, so a
-- hash of the id is kept, and not the id.
CREATE TABLE forgotten (
	app       INTEGER NOT NULL,
	user_hash BLOB NOT NULL, -- SHA-256
	PRIMARY KEY (app, user_hash)
) STRICT, WITHOUT ROWID;

-- To count a day anew. Which days those are is in seen.
CREATE INDEX events_time ON events (app, time);

-- Who sends: organisations own applications, applications own credentials.
CREATE TABLE apps (
	id      INTEGER PRIMARY KEY,
	org     TEXT NOT NULL,
	name    TEXT NOT NULL,
	created INTEGER NOT NULL, -- Unix milliseconds, as all times here
	UNIQUE (org, name)
) STRICT;

CREATE TABLE credentials (
	token_hash    BLOB PRIMARY KEY,
	app           INTEGER NOT NULL REFERENCES apps (id),
	sealed_secret BLOB NOT NULL,
	created       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time links to the dashboard that nobody has opened yet.
CREATE TABLE logins (
	token_hash BLOB PRIMARY KEY,
	expires    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every event once. Ids are time-ordered, so the unique index grows at its end.
CREATE TABLE events (
	app              INTEGER NOT NULL,
	id               BLOB NOT NULL,
	time             INTEGER NOT NULL,
	type             TEXT NOT NULL,
	kind             TEXT NOT NULL,
	name             TEXT NOT NULL,
	service          TEXT NOT NULL,
	version          TEXT NOT NULL,
	language         TEXT NOT NULL,
	language_version TEXT NOT NULL,
	os               TEXT NOT NULL,
	os_version       TEXT NOT NULL,
	arch             TEXT NOT NULL,
	ci               INTEGER NOT NULL,
	shell            TEXT NOT NULL,
	user             TEXT NOT NULL,
	session          TEXT NOT NULL,
	sdk              TEXT NOT NULL,
	outcome          TEXT NOT NULL,
	duration_ns      INTEGER NOT NULL, -- -1: none
	data             TEXT NOT NULL,    -- the event's own JSON, not parsed here
	UNIQUE (app, id)
) STRICT;

-- What the pages read: counts a day, version, kind and name, kept in the
-- transaction that inserts the events.
CREATE TABLE rollups (
	app        INTEGER NOT NULL,
	day        INTEGER NOT NULL, -- since 1970-01-01, UTC
	version    TEXT NOT NULL,
	kind       TEXT NOT NULL,
	name       TEXT NOT NULL,
	calls      INTEGER NOT NULL,
	successes  INTEGER NOT NULL,
	errors     INTEGER NOT NULL,
	panics     INTEGER NOT NULL,
	goexits    INTEGER NOT NULL,
	unfinished INTEGER NOT NULL,
	durations  BLOB NOT NULL, -- exponential histogram, see histogram.go
	PRIMARY KEY (app, day, version, kind, name)
) STRICT, WITHOUT ROWID;

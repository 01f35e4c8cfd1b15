-- Installs without an id: the week of their first event, and whether an event is
-- the first of its install in its day (1), week (2) and month (4).
ALTER TABLE events ADD COLUMN install_week TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;

-- Installs with an id, and the Monday of the week of their first event. Days here
-- are counted since 1970-01-01.
CREATE TABLE installs (
	id     INTEGER PRIMARY KEY,
	app    INTEGER NOT NULL,
	user   TEXT NOT NULL,
	cohort INTEGER NOT NULL,
	UNIQUE (app, user)
) STRICT;

-- The days, weeks and months in which they sent something, by their first day.
CREATE TABLE seen (
	install INTEGER NOT NULL REFERENCES installs (id) ON DELETE CASCADE,
	span    TEXT NOT NULL,
	start   INTEGER NOT NULL,
	PRIMARY KEY (install, span, start)
) STRICT, WITHOUT ROWID;

-- What the pages read: how many installs of each kind were active, kept in the
-- transaction that inserts the events.
CREATE TABLE actives (
	app      INTEGER NOT NULL,
	span     TEXT NOT NULL,
	start    INTEGER NOT NULL,
	cohort   INTEGER NOT NULL,
	installs INTEGER NOT NULL,
	PRIMARY KEY (app, span, start, cohort)
) STRICT, WITHOUT ROWID;

-- What came before this table was there. No event of then has marks. 1970-01-01
-- was a Thursday.
INSERT INTO installs (app, user, cohort)
	SELECT app, user, min(time / 86400000 - (time / 86400000 + 3) % 7) FROM events GROUP BY app, user;
INSERT INTO seen (install, span, start)
	SELECT DISTINCT i.id, 'day', e.time / 86400000 FROM events AS e JOIN installs AS i USING (app, user)
	UNION SELECT DISTINCT i.id, 'week', e.time / 86400000 - (e.time / 86400000 + 3) % 7 FROM events AS e JOIN installs AS i USING (app, user)
	UNION SELECT DISTINCT i.id, 'month', unixepoch(e.time / 1000, 'unixepoch', 'start of month') / 86400 FROM events AS e JOIN installs AS i USING (app, user);
INSERT INTO actives (app, span, start, cohort, installs)
	SELECT i.app, s.span, s.start, i.cohort, count(*) FROM seen AS s JOIN installs AS i ON i.id = s.install GROUP BY 1, 2, 3, 4;

-- What schema 1.2.0 tells of the program and of where it runs.
ALTER TABLE events ADD COLUMN revision TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN container TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN terminal TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN ai_agent TEXT NOT NULL DEFAULT '';

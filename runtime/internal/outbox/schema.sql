-- Version 1. It stays as it is: a change is another step of migrations.

-- One row an event. Ids are UUIDs of version 7, so that rows lie in the order
-- in which the events happened and the first six bytes are the time.
CREATE TABLE event (
    id        BLOB PRIMARY KEY,
    -- open: a command that has begun. pending: to be sent, if consented.
    -- sent: the server has it. rejected: the server will never take it.
    state     TEXT NOT NULL CHECK (state IN ('open', 'pending', 'sent', 'rejected')),
    consented INTEGER NOT NULL,
    -- 1: an open command whose process is gone is taken for unfinished. Its end
    -- still counts if it turns up before the row is on its way.
    presumed  INTEGER NOT NULL DEFAULT 0,
    pid       INTEGER,
    host      INTEGER,
    parcel    BLOB,
    reason    TEXT,
    json      TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX event_waiting ON event (id) WHERE state = 'pending' AND consented = 1 AND parcel IS NULL;
CREATE INDEX event_open ON event (id) WHERE state = 'open';
CREATE INDEX event_parcel ON event (parcel) WHERE parcel IS NOT NULL;

-- How far each segment of the spool has been read. first is the id of its first
-- record: a segment made anew under the same name has another one.
CREATE TABLE segment (
    name  TEXT PRIMARY KEY,
    first BLOB NOT NULL,
    next  INTEGER NOT NULL
) WITHOUT ROWID;

-- Batches that were handed out and not yet answered for.
CREATE TABLE parcel (
    id       BLOB PRIMARY KEY,
    attempts INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE note (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tally (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;

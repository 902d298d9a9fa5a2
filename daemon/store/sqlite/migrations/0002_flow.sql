-- Flow control, waits and what else outlives a run's time in memory. A run that waits is parked: nothing of it need be
-- in memory. Runs of the first schema are not parked and are taken up as before.

ALTER TABLE events ADD COLUMN skipped TEXT NOT NULL DEFAULT '';      -- JSON array of {pipeline, why}, or empty

ALTER TABLE runs ADD COLUMN attempt     INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN rerun_of    INTEGER NOT NULL DEFAULT 0;  -- 0: none
ALTER TABLE runs ADD COLUMN parent      INTEGER NOT NULL DEFAULT 0;  -- 0: none
ALTER TABLE runs ADD COLUMN parent_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN priority    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN parked      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN wake_at     INTEGER;
ALTER TABLE runs ADD COLUMN ending      INTEGER;
ALTER TABLE runs ADD COLUMN lanes       TEXT    NOT NULL DEFAULT ''; -- JSON array of texts, or empty

-- Nearly all runs end up completed (10): they leave this index. It finds the backlog (not parked) and the parked ones in
-- the order of their keys, and those that went wrong. It takes the place of an index of the states alone, so that a run
-- costs no entry more.
DROP INDEX runs_by_state;
CREATE INDEX runs_by_state ON runs (parked, state) WHERE state <> 10;
CREATE INDEX runs_by_wake ON runs (wake_at) WHERE wake_at IS NOT NULL AND parked = 1 AND state < 10;
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent <> 0;

ALTER TABLE steps ADD COLUMN memo        TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN given_input TEXT NOT NULL DEFAULT '';

-- The events of a batch but the first, which is in runs.
CREATE TABLE run_events (
    run   INTEGER NOT NULL REFERENCES runs (id),
    event INTEGER NOT NULL REFERENCES events (id),
    PRIMARY KEY (run, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_events_by_event ON run_events (event);

CREATE TABLE waits (
    run    INTEGER NOT NULL REFERENCES runs (id),
    step   INTEGER NOT NULL,            -- -1: the run as a whole
    signal TEXT    NOT NULL,
    family TEXT    NOT NULL,
    rank   INTEGER NOT NULL,
    PRIMARY KEY (run, step, signal)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_by_signal ON waits (signal, rank, run);
CREATE INDEX waits_by_family ON waits (family);

-- Slots of lanes that are held. A slot may be written before its run, in the same transaction.
CREATE TABLE slots (
    lane TEXT    NOT NULL,
    run  INTEGER NOT NULL,
    step INTEGER NOT NULL,              -- -1: the run as a whole
    PRIMARY KEY (lane, run, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE moments (
    name TEXT    PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Results of steps that others may take in place of their own call. Outputs may be long, so the rows have keys.
CREATE TABLE cache (
    id         INTEGER PRIMARY KEY,
    scope      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    output     TEXT    NOT NULL,
    UNIQUE (scope, key)
) STRICT;
CREATE INDEX cache_by_expiry ON cache (expires_at);

-- Events that are being shown to the parked runs which wait for their names.
CREATE TABLE deliveries (
    event INTEGER PRIMARY KEY,
    after INTEGER NOT NULL              -- the run shown last; 0: none
) STRICT;

CREATE TABLE pauses (
    pipeline TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

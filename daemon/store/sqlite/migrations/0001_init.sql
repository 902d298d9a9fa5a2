-- Keys are integers that the engine hands out in growing order, so every insert appends. Times are microseconds since the
-- epoch, UTC. JSON stands as it came, byte for byte. Long columns come last, so that reading the others skips them.

CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    ts          INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    request_id  TEXT    NOT NULL,
    user        TEXT    NOT NULL,
    data        TEXT    NOT NULL
) STRICT;
CREATE INDEX events_by_name ON events (name);

CREATE TABLE revisions (
    id       INTEGER PRIMARY KEY,
    pipeline TEXT NOT NULL,
    hash     TEXT NOT NULL,
    source   TEXT NOT NULL,
    UNIQUE (pipeline, hash)
) STRICT;

CREATE TABLE runs (
    id          INTEGER PRIMARY KEY,
    event       INTEGER NOT NULL REFERENCES events (id),
    revision    INTEGER NOT NULL REFERENCES revisions (id),
    pipeline    TEXT    NOT NULL,
    state       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    started_at  INTEGER,
    finished_at INTEGER,
    error       TEXT    NOT NULL,
    output      TEXT    NOT NULL
) STRICT;
CREATE INDEX runs_by_event ON runs (event);
CREATE INDEX runs_by_pipeline ON runs (pipeline);
-- Nearly all runs end up completed (10): they leave this index. It finds the unfinished ones and those that went wrong.
CREATE INDEX runs_by_state ON runs (state) WHERE state <> 10;

CREATE TABLE steps (
    id            INTEGER PRIMARY KEY,  -- run * 65536 + number: a run's steps lie together, without an index
    run           INTEGER GENERATED ALWAYS AS (id >> 16) VIRTUAL,
    number        INTEGER GENERATED ALWAYS AS (id & 65535) VIRTUAL,
    state         INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    crashes       INTEGER NOT NULL,
    lost          INTEGER NOT NULL,
    started_at    INTEGER,
    finished_at   INTEGER,
    wake_at       INTEGER,
    name          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    error_class   INTEGER,              -- absent: no error
    error_code    TEXT,
    error_message TEXT,
    error_details TEXT,
    retry_after   INTEGER,              -- nanoseconds
    resume_token  TEXT    NOT NULL,
    output        TEXT    NOT NULL
) STRICT;

CREATE TABLE attempts (
    step        INTEGER NOT NULL REFERENCES steps (id),
    number      INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,                -- absent: it runs, or the daemon died under it
    outcome     INTEGER,
    code        TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    PRIMARY KEY (step, number)
) STRICT, WITHOUT ROWID;

-- Keys that may be taken once within their time to live.
CREATE TABLE once (
    scope      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    holder     INTEGER NOT NULL,        -- of an event where scope is 'event:NAME', else of a run
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX once_by_expiry ON once (expires_at);

-- Runs and events are deleted when their time is over.

-- The largest key of a table that was deleted as its newest: keys are never given out twice.
CREATE TABLE last_keys (
    of  TEXT    PRIMARY KEY,
    key INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A run that holds a key stays. Only keys of runs are in it: it costs those pipelines alone that have `idempotency`.
CREATE INDEX once_by_run ON once (holder) WHERE scope >= 'run:' AND scope < 'run;';

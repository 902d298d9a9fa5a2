-- What calls have used, what attempts left behind when they failed, and which builds of their plugins runs are pinned to.

-- Few, and never changed: one for each combination of builds that runs have begun with.
CREATE TABLE plugin_sets (
    id     INTEGER PRIMARY KEY,
    builds TEXT NOT NULL UNIQUE         -- JSON object {PLUGIN: BUILD-ID}, in the order of the names
) STRICT;

ALTER TABLE runs ADD COLUMN plugin_set INTEGER REFERENCES plugin_sets (id);  -- absent: pinned to nothing

-- The receipt of the latest attempt. Zeros take no room but their place in the row's head.
ALTER TABLE steps ADD COLUMN cpu_us       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN peak_rss_kib INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN bytes_in     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN bytes_out    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN host_calls   INTEGER NOT NULL DEFAULT 0;

ALTER TABLE attempts ADD COLUMN cpu_us       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN peak_rss_kib INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN bytes_in     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN bytes_out    INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN host_calls   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN details      TEXT    NOT NULL DEFAULT '';  -- JSON, or empty

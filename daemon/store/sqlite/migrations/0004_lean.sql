-- The attempts of a step that went well at the first try are told by the step itself, so that such a step costs one row.
-- `attempts` holds those that ended otherwise than well (and those of older stepds).

ALTER TABLE steps ADD COLUMN attempt_started_at INTEGER;  -- of the latest attempt; absent: as started_at

UPDATE steps SET attempt_started_at = (SELECT started_at FROM attempts WHERE step = steps.id AND number = steps.attempts)
    WHERE id IN (SELECT step FROM attempts WHERE finished_at IS NULL);
DELETE FROM attempts WHERE finished_at IS NULL;

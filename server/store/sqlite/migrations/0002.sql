-- Calls that ended in context.Canceled, which until here were among the errors.
ALTER TABLE rollups ADD COLUMN canceled INTEGER NOT NULL DEFAULT 0;

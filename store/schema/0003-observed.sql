-- Attributes of items that came along with events (a price paid, a country sold to) instead of describing the item: what
-- learns from descriptions must not learn from what happened, least of all from days that it is tested on.
ALTER TABLE attributes ADD COLUMN observed INTEGER NOT NULL DEFAULT 0 CHECK (observed IN (0, 1));

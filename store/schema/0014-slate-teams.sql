-- Interleaved slates: the experiment, and whose pick each item was (JSON: 0 or 1), in the order of the slate.
ALTER TABLE slates ADD COLUMN experiment INTEGER;
ALTER TABLE slates ADD COLUMN teams TEXT;

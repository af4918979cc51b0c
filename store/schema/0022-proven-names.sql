-- Files that were proven clean are kept by keyed hashes of their names: what was written down by name goes.
UPDATE cases SET facts = json_remove(facts, '$.proven') WHERE json_valid(facts) AND json_extract(facts, '$.proven') IS NOT NULL;

-- The life of a household: what changed in its file, and the persons of it over time (A30).
-- postgres/0040_household_life.sql is the same for the other database.

-- +goose Up
ALTER TABLE persons ADD COLUMN head integer NOT NULL DEFAULT 0 CHECK (head IN (0, 1)); -- the householder
ALTER TABLE persons ADD COLUMN from_change integer NOT NULL DEFAULT 0; -- 0: entered with the file
ALTER TABLE persons ADD COLUMN to_change integer NOT NULL DEFAULT 0; -- 0: in force
ALTER TABLE persons ADD COLUMN adult_on text; -- NULL: not known, counts as of age
UPDATE persons SET head = 1 WHERE position = 0;
CREATE UNIQUE INDEX persons_head ON persons(household_id) WHERE head AND to_change = 0;
ALTER TABLE households ADD COLUMN closed_by integer NOT NULL DEFAULT 0; -- the change that merged it into another
ALTER TABLE households ADD COLUMN recorded_at datetime; -- when a change recorded the homestead anew; NULL: with the file

-- only ever added to: what confirms a change, or takes one back, is a change of its own
CREATE TABLE household_changes (
  id integer PRIMARY KEY, household_id integer NOT NULL REFERENCES households(id), kind text NOT NULL,
  at datetime NOT NULL, officer_id integer NOT NULL, officer_name text NOT NULL, office_name text NOT NULL,
  waits boolean NOT NULL, -- for a second officer
  confirms integer NOT NULL, takes_back integer NOT NULL,
  alg text NOT NULL, key_version integer NOT NULL, sealed text NOT NULL -- reason, evidence and data tell of persons
);
CREATE INDEX household_changes_household ON household_changes(household_id);
CREATE UNIQUE INDEX household_changes_confirms ON household_changes(confirms) WHERE confirms > 0;
-- +goose StatementBegin
CREATE TRIGGER household_changes_update_is_refused BEFORE UPDATE ON household_changes
BEGIN
  SELECT raise(ABORT, 'the changes of a household are only added to: UPDATE refused');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above
-- +goose StatementBegin
CREATE TRIGGER household_changes_replace_is_refused BEFORE INSERT ON household_changes
WHEN EXISTS (SELECT 1 FROM household_changes WHERE id = NEW.id)
BEGIN
  SELECT raise(ABORT, 'the changes of a household are only added to: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER household_changes_delete_is_refused BEFORE DELETE ON household_changes
BEGIN
  SELECT raise(ABORT, 'the changes of a household are only added to: DELETE refused');
END;
-- +goose StatementEnd
-- The keys under which households are found are made anew, and with them the days of majority: IndexHouseholds does so after this.
DELETE FROM household_keys;

-- The life of a household: what changed in its file, and the persons of it over time (A30).
-- sqlite/0040_household_life.sql is the same for the other database.

-- +goose Up
ALTER TABLE persons ADD COLUMN head boolean NOT NULL DEFAULT false; -- the householder
ALTER TABLE persons ADD COLUMN from_change bigint NOT NULL DEFAULT 0; -- 0: entered with the file
ALTER TABLE persons ADD COLUMN to_change bigint NOT NULL DEFAULT 0; -- 0: in force
ALTER TABLE persons ADD COLUMN adult_on date; -- NULL: not known, counts as of age
UPDATE persons SET head = true WHERE position = 0;
CREATE UNIQUE INDEX persons_head ON persons(household_id) WHERE head AND to_change = 0;
ALTER TABLE households ADD COLUMN closed_by bigint NOT NULL DEFAULT 0; -- the change that merged it into another
ALTER TABLE households ADD COLUMN recorded_at timestamptz; -- when a change recorded the homestead anew; NULL: with the file

-- only ever added to: what confirms a change, or takes one back, is a change of its own
CREATE TABLE household_changes (
  id bigint PRIMARY KEY, household_id bigint NOT NULL REFERENCES households(id), kind text NOT NULL,
  at timestamptz NOT NULL, officer_id bigint NOT NULL, officer_name text NOT NULL, office_name text NOT NULL,
  waits boolean NOT NULL, -- for a second officer
  confirms bigint NOT NULL, takes_back bigint NOT NULL,
  alg text NOT NULL, key_version bigint NOT NULL, sealed text NOT NULL -- reason, evidence and data tell of persons
);
CREATE INDEX household_changes_household ON household_changes(household_id);
CREATE UNIQUE INDEX household_changes_confirms ON household_changes(confirms) WHERE confirms > 0;
-- +goose StatementBegin
CREATE FUNCTION household_changes_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the changes of a household are only added to: % refused', TG_OP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER household_changes_rows_are_kept BEFORE UPDATE OR DELETE ON household_changes FOR EACH ROW EXECUTE FUNCTION household_changes_are_kept();
CREATE TRIGGER household_changes_table_is_kept BEFORE TRUNCATE ON household_changes FOR EACH STATEMENT EXECUTE FUNCTION household_changes_are_kept();
-- The keys under which households are found are made anew, and with them the days of majority: IndexHouseholds does so after this.
DELETE FROM household_keys;

-- What a restore and a verification leave behind, as postgres/0015_mark.sql has it.

-- +goose Up
-- The database's own name. A copy carries it, and so does one made before this table was: it follows from the first migration.
INSERT INTO settings (name, value) SELECT 'database.identity', 'sqlite ' || min(tstamp) FROM goose_db_version WHERE true ON CONFLICT DO NOTHING;

-- A hold lasts until it is confirmed; there is one at a time.
CREATE TABLE restore_holds (
  id integer PRIMARY KEY AUTOINCREMENT, cause text NOT NULL, ends_at datetime NOT NULL, -- instant of the newest entry that was there
  begun_at datetime NOT NULL, confirmed_at datetime, confirmed_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX restore_holds_open ON restore_holds(confirmed_by) WHERE confirmed_at IS NULL;
-- what officers had been told by message before a restore, as the logs of the sending machines have it
CREATE TABLE told_before (officer_id integer NOT NULL, what text NOT NULL, PRIMARY KEY (officer_id, what)) STRICT;
CREATE INDEX told_before_what ON told_before(what);
-- numbers that were left out on purpose: they may have been given before a restore
CREATE TABLE number_gaps (
  series text NOT NULL, first integer NOT NULL, last integer NOT NULL, cause text NOT NULL, at datetime NOT NULL,
  tag text NOT NULL, -- made with the master key: a gap cannot be explained without it
  PRIMARY KEY (series, first)
);
-- cases of which something does not verify; nothing is done on them until each finding is released
CREATE TABLE frozen_cases (
  case_id integer NOT NULL, found text NOT NULL, frozen_at datetime NOT NULL, released_at datetime,
  released_by text NOT NULL DEFAULT '', reason text NOT NULL DEFAULT '', tag text NOT NULL DEFAULT '', -- of the release, as above
  PRIMARY KEY (case_id, found)
);
CREATE INDEX frozen_cases_now ON frozen_cases(case_id) WHERE released_at IS NULL;
CREATE TABLE verifications (
  id integer PRIMARY KEY AUTOINCREMENT, began_at datetime NOT NULL, ended_at datetime NOT NULL, cases integer NOT NULL, entries integer NOT NULL,
  findings text NOT NULL CHECK (json_valid(findings))
);

-- Accounts: one-time passwords that must be changed, changes that a second person confirms, and commands in the log of the administration.

-- +goose Up
-- must_change: the password was given by another and only opens the form that changes it. password_expires: until when it opens that one
-- session; null once it has, and for passwords that their owners chose
ALTER TABLE officers ADD COLUMN must_change boolean NOT NULL DEFAULT false;
ALTER TABLE officers ADD COLUMN password_expires datetime;

-- what was done to an account, or waits for a second administrator (outcome empty); asked_by is null for a command on the machine
CREATE TABLE account_changes (
  id integer PRIMARY KEY AUTOINCREMENT, at datetime NOT NULL, officer_id integer NOT NULL REFERENCES officers(id),
  what text NOT NULL CHECK (what IN ('open', 'reset')), asked_by integer REFERENCES officers(id), asked_name text NOT NULL,
  outcome text NOT NULL DEFAULT '' CHECK (outcome IN ('', 'done', 'refused')), settled_at datetime,
  settled_by integer REFERENCES officers(id), settled_name text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX account_changes_waiting ON account_changes(officer_id) WHERE outcome = '';
CREATE INDEX account_changes_settled ON account_changes(settled_at);

-- officer_id null: a command on the machine, whose user officer_name tells. A column keeps its NOT NULL, so the table is made anew
CREATE TABLE administration_new (
  id integer PRIMARY KEY AUTOINCREMENT, at datetime NOT NULL, officer_id integer REFERENCES officers(id),
  officer_name text NOT NULL, what text NOT NULL, subject text NOT NULL
);
INSERT INTO administration_new (id, at, officer_id, officer_name, what, subject) SELECT id, at, officer_id, officer_name, what, subject FROM administration;
DROP TABLE administration;
ALTER TABLE administration_new RENAME TO administration;
-- +goose StatementBegin
CREATE TRIGGER administration_update_is_refused BEFORE UPDATE ON administration
BEGIN
  SELECT raise(ABORT, 'the log of the administration is only added to: UPDATE refused');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above
-- +goose StatementBegin
CREATE TRIGGER administration_replace_is_refused BEFORE INSERT ON administration
WHEN EXISTS (SELECT 1 FROM administration WHERE id = NEW.id)
BEGIN
  SELECT raise(ABORT, 'the log of the administration is only added to: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER administration_delete_is_refused BEFORE DELETE ON administration
BEGIN
  SELECT raise(ABORT, 'the log of the administration is only added to: DELETE refused');
END;
-- +goose StatementEnd

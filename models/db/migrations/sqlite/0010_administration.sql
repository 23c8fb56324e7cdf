-- What administrators have done, only ever added to: accounts, offices, parameters, calendar, channels (separation of the three administrators).

-- +goose Up
CREATE TABLE administration (
  id integer PRIMARY KEY AUTOINCREMENT, at datetime NOT NULL, officer_id integer NOT NULL REFERENCES officers(id),
  officer_name text NOT NULL, what text NOT NULL, subject text NOT NULL
);
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

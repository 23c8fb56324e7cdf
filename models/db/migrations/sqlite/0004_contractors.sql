-- The register of contractors, as postgres/0004_contractors.sql has it.

-- +goose Up
CREATE TABLE contractors (
  code text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('contractor_org', 'contractor_person', 'appraisal_agency')), name text NOT NULL,
  work text NOT NULL,
  basis text NOT NULL, qualification text NOT NULL, from_on text NOT NULL, to_on text, struck text NOT NULL DEFAULT '', updated_at datetime NOT NULL,
  officer_id integer NOT NULL,
  CHECK (to_on IS NULL OR from_on <= to_on),
  CHECK (kind <> 'contractor_person' OR work NOT LIKE '%"build"%')
);

CREATE TABLE contractor_lines (
  id integer PRIMARY KEY AUTOINCREMENT, code text NOT NULL REFERENCES contractors(code), at datetime NOT NULL, officer_id integer NOT NULL,
  what text NOT NULL CHECK (what IN ('register', 'change', 'strike', 'restore')), data text NOT NULL
);
CREATE INDEX contractor_lines_code ON contractor_lines(code);
-- +goose StatementBegin
CREATE TRIGGER contractor_lines_update_is_refused BEFORE UPDATE ON contractor_lines
BEGIN
  SELECT raise(ABORT, 'the log of the register is only added to: UPDATE refused');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above
-- +goose StatementBegin
CREATE TRIGGER contractor_lines_replace_is_refused BEFORE INSERT ON contractor_lines
WHEN EXISTS (SELECT 1 FROM contractor_lines WHERE id = NEW.id)
BEGIN
  SELECT raise(ABORT, 'the log of the register is only added to: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER contractor_lines_delete_is_refused BEFORE DELETE ON contractor_lines
BEGIN
  SELECT raise(ABORT, 'the log of the register is only added to: DELETE refused');
END;
-- +goose StatementEnd

-- What people type and ask on the pages: drafts of forms, keys under which households are found, petitions, and who read a number in clear.
-- The same as postgres/0009_screens.sql.

-- +goose Up
-- a form that was not sent yet: its address as a blind index, everything else encrypted
CREATE TABLE drafts (
  officer_id integer NOT NULL REFERENCES officers(id), form text NOT NULL, revision integer NOT NULL, saved_at datetime NOT NULL,
  head_alg text NOT NULL, head_key integer NOT NULL, head_sealed text NOT NULL, body_alg text NOT NULL, body_key integer NOT NULL, body_sealed text NOT NULL,
  PRIMARY KEY (officer_id, form)
);
CREATE INDEX drafts_newest ON drafts(officer_id, saved_at);

-- pinyin of the names as they are written (f:), their initials (i:), blind indexes of the last four of ID numbers (t:) and of phones (p:);
-- compared byte by byte, so that a prefix is a range
CREATE TABLE household_keys (
  household_id integer NOT NULL REFERENCES households(id), key text NOT NULL, PRIMARY KEY (household_id, key)
);
CREATE INDEX household_keys_key ON household_keys(key, household_id);

-- what people without an account send about a case: only added to, but that it is answered once
CREATE TABLE petitions (
  id integer PRIMARY KEY AUTOINCREMENT, number text NOT NULL UNIQUE, case_id integer NOT NULL REFERENCES cases(id),
  kind text NOT NULL CHECK (kind IN ('objection', 'withdrawal', 'urge', 'rating', 'complaint')), step integer NOT NULL, stars integer NOT NULL,
  alg text NOT NULL, key_version integer NOT NULL, sealed text NOT NULL, -- name, phone and text
  once text NOT NULL UNIQUE, -- SM3 of the form's key
  at datetime NOT NULL, taken_at datetime, taken_by integer NOT NULL DEFAULT 0,
  answer_alg text NOT NULL DEFAULT '', answer_key integer NOT NULL DEFAULT 0, answer text NOT NULL DEFAULT ''
);
CREATE INDEX petitions_case ON petitions(case_id);
CREATE UNIQUE INDEX petitions_once_a_step ON petitions(case_id, kind, step) WHERE kind IN ('urge', 'rating');
-- +goose StatementBegin
CREATE TRIGGER petitions_update_is_refused BEFORE UPDATE ON petitions
WHEN NOT (OLD.taken_at IS NULL AND NEW.taken_at IS NOT NULL AND (OLD.id, OLD.number, OLD.case_id, OLD.kind, OLD.step, OLD.stars, OLD.alg, OLD.key_version, OLD.sealed, OLD.once, OLD.at)
  IS (NEW.id, NEW.number, NEW.case_id, NEW.kind, NEW.step, NEW.stars, NEW.alg, NEW.key_version, NEW.sealed, NEW.once, NEW.at))
BEGIN
  SELECT raise(ABORT, 'a petition is only answered, and once: UPDATE refused');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above
-- +goose StatementBegin
CREATE TRIGGER petitions_replace_is_refused BEFORE INSERT ON petitions
WHEN EXISTS (SELECT 1 FROM petitions p WHERE p.id = NEW.id OR p.number = NEW.number OR p.once = NEW.once
  OR p.case_id = NEW.case_id AND p.kind = NEW.kind AND p.step = NEW.step AND p.kind IN ('urge', 'rating'))
BEGIN
  SELECT raise(ABORT, 'a petition is only answered, and once: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER petitions_delete_is_refused BEFORE DELETE ON petitions
BEGIN
  SELECT raise(ABORT, 'a petition is only answered, and once: DELETE refused');
END;
-- +goose StatementEnd

-- who read a person's numbers in clear, and why (encrypted)
CREATE TABLE personal_accesses (
  id integer PRIMARY KEY AUTOINCREMENT, household_id integer NOT NULL, position integer NOT NULL, at datetime NOT NULL,
  officer_id integer NOT NULL REFERENCES officers(id), officer_name text NOT NULL, office_name text NOT NULL, alg text NOT NULL, key_version integer NOT NULL, sealed text NOT NULL,
  FOREIGN KEY (household_id, position) REFERENCES persons(household_id, position)
);
CREATE INDEX personal_accesses_household ON personal_accesses(household_id);
-- +goose StatementBegin
CREATE TRIGGER personal_accesses_update_is_refused BEFORE UPDATE ON personal_accesses
BEGIN
  SELECT raise(ABORT, 'the log of accesses is only added to: UPDATE refused');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above
-- +goose StatementBegin
CREATE TRIGGER personal_accesses_replace_is_refused BEFORE INSERT ON personal_accesses
WHEN EXISTS (SELECT 1 FROM personal_accesses WHERE id = NEW.id)
BEGIN
  SELECT raise(ABORT, 'the log of accesses is only added to: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER personal_accesses_delete_is_refused BEFORE DELETE ON personal_accesses
BEGIN
  SELECT raise(ABORT, 'the log of accesses is only added to: DELETE refused');
END;
-- +goose StatementEnd

-- an office that was renamed keeps its name when the list of offices is loaded again
ALTER TABLE offices ADD COLUMN renamed integer NOT NULL DEFAULT 0;

-- The tables of the first version, as postgres/0001_foundation.sql has them. Instants are datetime, which STRICT does not know; days and
-- JSON are text.

-- +goose Up
CREATE TABLE settings (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE parameters (name text PRIMARY KEY, value text NOT NULL, updated_at datetime NOT NULL);
CREATE TABLE calendar_versions (version integer PRIMARY KEY, officer_id integer NOT NULL, imported_at datetime NOT NULL);
CREATE TABLE holiday_years (
  version integer NOT NULL REFERENCES calendar_versions(version), year integer NOT NULL, body text NOT NULL,
  PRIMARY KEY (version, year)
) STRICT;

CREATE TABLE divisions (code text PRIMARY KEY, name text NOT NULL, level text NOT NULL, parent text NOT NULL DEFAULT '') STRICT;
CREATE TABLE offices (
  id integer PRIMARY KEY AUTOINCREMENT, kind text NOT NULL, division text NOT NULL CHECK (length(division) IN (12, 14)),
  name text NOT NULL, UNIQUE (kind, division)
) STRICT;
CREATE TABLE officers (
  id integer PRIMARY KEY AUTOINCREMENT, login text NOT NULL UNIQUE, name text NOT NULL, role text NOT NULL,
  office_id integer NOT NULL REFERENCES offices(id), active boolean NOT NULL DEFAULT true, password text NOT NULL,
  person text NOT NULL DEFAULT '', -- blind index of the ID number, for recusal; the number itself is not kept
  created_at datetime NOT NULL
);
CREATE TABLE sessions (
  token text PRIMARY KEY, -- SM3 of the token: who reads the table cannot log in with it
  officer_id integer NOT NULL REFERENCES officers(id), csrf text NOT NULL, created_at datetime NOT NULL, expires_at datetime NOT NULL
);
CREATE INDEX sessions_officer ON sessions(officer_id);
CREATE TABLE login_failures (subject text PRIMARY KEY, failures integer NOT NULL, since datetime NOT NULL);

CREATE TABLE households (
  id integer PRIMARY KEY AUTOINCREMENT, division text NOT NULL REFERENCES divisions(code), group_no text NOT NULL,
  householder text NOT NULL,
  head text NOT NULL UNIQUE, -- blind index of the householder's ID number: one file per householder (A32)
  homestead_area integer NOT NULL CHECK (homestead_area >= 0), -- hundredths of a square metre, as every area here
  building_area integer NOT NULL CHECK (building_area >= 0), certificate_no text NOT NULL DEFAULT '',
  chain text NOT NULL DEFAULT '', purpose text NOT NULL DEFAULT '', -- what a household of the demo county is kept for
  officer_id integer NOT NULL, created_at datetime NOT NULL
);
CREATE INDEX households_place ON households(division, group_no);
CREATE TABLE persons (
  id integer PRIMARY KEY AUTOINCREMENT, household_id integer NOT NULL REFERENCES households(id), position integer NOT NULL,
  name text NOT NULL, relation text NOT NULL, gender text NOT NULL DEFAULT '', domicile text NOT NULL DEFAULT '',
  id_index text NOT NULL, id_alg text NOT NULL, id_key integer NOT NULL, id_sealed text NOT NULL,
  phone_alg text NOT NULL DEFAULT '', phone_key integer NOT NULL DEFAULT 0, phone_sealed text NOT NULL DEFAULT '',
  UNIQUE (household_id, position)
) STRICT;
CREATE INDEX persons_id ON persons(id_index);

CREATE TABLE number_series (name text PRIMARY KEY, last integer NOT NULL) STRICT;

CREATE TABLE cases (
  id integer PRIMARY KEY, number text NOT NULL UNIQUE, chain text NOT NULL, chain_version integer NOT NULL, state text NOT NULL,
  step integer NOT NULL, seen integer NOT NULL, version integer NOT NULL, head text NOT NULL,
  household_id integer NOT NULL REFERENCES households(id), householder text NOT NULL, division text NOT NULL, group_no text NOT NULL,
  opened_at datetime NOT NULL, entered_at datetime NOT NULL, closed_at datetime, outcome text NOT NULL DEFAULT '',
  officer_id integer NOT NULL, no_group_level boolean NOT NULL, inside_planning_area boolean NOT NULL,
  running boolean NOT NULL, -- neither a draft nor closed
  application text NOT NULL CHECK (json_valid(application)), file text NOT NULL CHECK (json_valid(file)),
  filed text NOT NULL -- hash of the history line that wrote the file
);
CREATE INDEX cases_household ON cases(household_id);
CREATE INDEX cases_place ON cases(division, group_no, id);
-- a household runs one application of a kind at a time (A32)
CREATE UNIQUE INDEX cases_running ON cases(household_id, chain)
  WHERE running AND chain IN ('homestead', 'planning_permit');

CREATE TABLE parcels (
  id integer PRIMARY KEY, case_id integer NOT NULL UNIQUE REFERENCES cases(id), household_id integer NOT NULL REFERENCES households(id),
  address text NOT NULL, east text NOT NULL, south text NOT NULL, west text NOT NULL, north text NOT NULL, land_class text NOT NULL,
  homestead_area integer NOT NULL, footprint_area integer NOT NULL
) STRICT;
CREATE TABLE buildings (
  id integer PRIMARY KEY, case_id integer NOT NULL UNIQUE REFERENCES cases(id), parcel_id integer NOT NULL REFERENCES parcels(id),
  build_type text NOT NULL, use text NOT NULL, class text NOT NULL, floors integer NOT NULL,
  building_area integer NOT NULL, height integer NOT NULL, max_span integer NOT NULL
) STRICT;

CREATE TABLE stages (
  id integer PRIMARY KEY, case_id integer NOT NULL REFERENCES cases(id), chain text NOT NULL, stage text NOT NULL, step integer NOT NULL,
  party text NOT NULL, office_id integer NOT NULL, entered_at datetime NOT NULL, left_at datetime,
  verb text NOT NULL DEFAULT '', officer_id integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX stages_open ON stages(case_id) WHERE left_at IS NULL;
CREATE INDEX stages_todo ON stages(office_id) WHERE left_at IS NULL;
-- who beside the deciding office owes something in a stage
CREATE TABLE stage_offices (
  stage_id integer NOT NULL REFERENCES stages(id), office_id integer NOT NULL REFERENCES offices(id), record text NOT NULL, party text NOT NULL,
  done_at datetime, PRIMARY KEY (stage_id, office_id, record)
);
CREATE INDEX stage_offices_todo ON stage_offices(office_id) WHERE done_at IS NULL;

-- The history is only ever added to. hash covers every other column; previous is the hash of the line before it.
CREATE TABLE history (
  id integer NOT NULL, case_id integer NOT NULL REFERENCES cases(id), step integer NOT NULL, at datetime NOT NULL,
  officer_id integer NOT NULL, officer_name text NOT NULL, office_id integer NOT NULL, office_name text NOT NULL,
  verb text NOT NULL, from_state text NOT NULL, to_state text NOT NULL, reason text NOT NULL, data text NOT NULL,
  rung text NOT NULL, rule text NOT NULL, alg text NOT NULL, key_version integer NOT NULL, previous text NOT NULL, hash text NOT NULL,
  PRIMARY KEY (case_id, step)
);
-- +goose StatementBegin
CREATE TRIGGER history_update_is_refused BEFORE UPDATE ON history
BEGIN
  SELECT raise(ABORT, 'the history is only added to: UPDATE refused');
END;
-- +goose StatementEnd
-- INSERT OR REPLACE deletes without asking the trigger above
-- +goose StatementBegin
CREATE TRIGGER history_replace_is_refused BEFORE INSERT ON history
WHEN EXISTS (SELECT 1 FROM history WHERE case_id = NEW.case_id AND step = NEW.step)
BEGIN
  SELECT raise(ABORT, 'the history is only added to: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER history_delete_is_refused BEFORE DELETE ON history
BEGIN
  SELECT raise(ABORT, 'the history is only added to: DELETE refused');
END;
-- +goose StatementEnd

CREATE TABLE records (
  id integer PRIMARY KEY, case_id integer NOT NULL REFERENCES cases(id), kind text NOT NULL, stage text NOT NULL, party text NOT NULL,
  office_id integer NOT NULL, officer_id integer NOT NULL, at datetime NOT NULL, data text NOT NULL
);
CREATE INDEX records_case ON records(case_id);
CREATE TABLE materials (
  id integer PRIMARY KEY, case_id integer NOT NULL REFERENCES cases(id), code text NOT NULL, name text NOT NULL, hash text NOT NULL,
  size integer NOT NULL, type text NOT NULL, officer_id integer NOT NULL, at datetime NOT NULL
);
CREATE INDEX materials_case ON materials(case_id);
CREATE TABLE documents (
  id integer PRIMARY KEY, case_id integer NOT NULL REFERENCES cases(id), kind text NOT NULL, series text NOT NULL, seq integer NOT NULL,
  number text NOT NULL, title text NOT NULL, issuer text NOT NULL, cites text NOT NULL, issued_at datetime NOT NULL
);
CREATE INDEX documents_case ON documents(case_id);
CREATE UNIQUE INDEX documents_number ON documents(series, seq) WHERE series <> '';

CREATE TABLE deadlines (
  id integer NOT NULL, case_id integer NOT NULL, limit_id text NOT NULL, stage text NOT NULL, generation integer NOT NULL,
  started_on text NOT NULL, extend integer NOT NULL, pauses text NOT NULL, due_on text NOT NULL, due_before datetime NOT NULL,
  warn_at datetime, provisional boolean NOT NULL, calendar integer NOT NULL, opened_at datetime NOT NULL, closed_at datetime,
  red boolean NOT NULL, next text NOT NULL, next_at datetime,
  PRIMARY KEY (case_id, limit_id, generation)
);
CREATE INDEX deadlines_next ON deadlines(next_at, id) WHERE closed_at IS NULL AND next <> '';
-- a rung takes effect once
CREATE TABLE rungs_fired (
  deadline_id integer NOT NULL, generation integer NOT NULL, rung text NOT NULL, at datetime NOT NULL,
  PRIMARY KEY (deadline_id, generation, rung)
);
-- what an office has been told: by a rung, in its transaction, or by a message delivered later
CREATE TABLE notices (
  id integer PRIMARY KEY AUTOINCREMENT, office_id integer NOT NULL REFERENCES offices(id), case_id integer NOT NULL REFERENCES cases(id),
  kind text NOT NULL CHECK (kind IN ('rung', 'message')), source integer NOT NULL, -- the deadline, or the outbox row
  generation integer NOT NULL, rung text NOT NULL, step integer NOT NULL, text text NOT NULL, at datetime NOT NULL,
  UNIQUE (kind, source, generation, rung, office_id)
);
CREATE INDEX notices_office ON notices(office_id, kind);

CREATE TABLE outbox (
  id integer PRIMARY KEY AUTOINCREMENT, case_id integer NOT NULL, topic text NOT NULL, payload text NOT NULL CHECK (json_valid(payload)),
  created_at datetime NOT NULL, sent_at datetime
);
CREATE INDEX outbox_unsent ON outbox(id) WHERE sent_at IS NULL;
CREATE TABLE idempotency (
  officer_id integer NOT NULL, case_id integer NOT NULL, key text NOT NULL, step integer NOT NULL, response blob, created_at datetime NOT NULL,
  PRIMARY KEY (officer_id, case_id, key)
);
CREATE TABLE failed_jobs (
  id integer PRIMARY KEY AUTOINCREMENT, task text NOT NULL, payload text NOT NULL, error text NOT NULL,
  case_id integer NOT NULL, at datetime NOT NULL
);

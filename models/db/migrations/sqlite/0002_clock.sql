-- The clock; postgres/0002_clock.sql says what each is for.

-- +goose Up
ALTER TABLE deadlines ADD COLUMN paused boolean NOT NULL DEFAULT false;
UPDATE deadlines SET paused = true, next_at = NULL WHERE closed_at IS NULL AND pauses LIKE '%"Open":true%';
ALTER TABLE stages ADD COLUMN township text NOT NULL DEFAULT '';
ALTER TABLE stages ADD COLUMN limit_id text NOT NULL DEFAULT '';
ALTER TABLE stages ADD COLUMN warn_at datetime;
ALTER TABLE stages ADD COLUMN due_before datetime;
ALTER TABLE stages ADD COLUMN working_minutes integer;
ALTER TABLE stages ADD COLUMN assignee_id integer NOT NULL DEFAULT 0;
UPDATE stages SET township = substr((SELECT division FROM cases c WHERE c.id = stages.case_id), 1, 9);
CREATE INDEX stages_left ON stages(township, chain, stage, entered_at, warn_at, due_before, left_at, working_minutes)
  WHERE left_at IS NOT NULL AND limit_id <> '';

CREATE TABLE suspensions (
  case_id integer NOT NULL REFERENCES cases(id), notice_number text NOT NULL, ground text NOT NULL, notified_on text NOT NULL, resulted_on text,
  service text NOT NULL, recipient text NOT NULL, expected_days integer NOT NULL, evidence text NOT NULL, stage text NOT NULL,
  officer_id integer NOT NULL, entered_at datetime NOT NULL,
  PRIMARY KEY (case_id, notice_number)
);

CREATE TABLE breaches (
  id integer PRIMARY KEY AUTOINCREMENT, case_id integer NOT NULL REFERENCES cases(id), deadline_id integer NOT NULL,
  generation integer NOT NULL, chain text NOT NULL, stage text NOT NULL, limit_id text NOT NULL, rule text NOT NULL, law text NOT NULL,
  article text NOT NULL, party text NOT NULL, township text NOT NULL, office_id integer NOT NULL, officer_id integer NOT NULL,
  due_before datetime NOT NULL, opened_at datetime NOT NULL, explain_by datetime NOT NULL, met_at datetime, closed_at datetime,
  explained_at datetime, explained_by integer NOT NULL DEFAULT 0, explanation text NOT NULL DEFAULT '', move_by text,
  ruled_at datetime, ruled_by integer NOT NULL DEFAULT 0, verdict text NOT NULL DEFAULT '', ruling_ground text NOT NULL DEFAULT '',
  UNIQUE (deadline_id, generation)
);
CREATE INDEX breaches_due ON breaches(due_before DESC, id DESC);
CREATE INDEX breaches_office ON breaches(office_id, due_before);
CREATE INDEX breaches_case ON breaches(case_id);
CREATE INDEX breaches_clearable ON breaches(id) WHERE closed_at IS NULL AND met_at IS NOT NULL AND ruled_at IS NOT NULL;

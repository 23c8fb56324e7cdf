-- Two due days, as postgres/0018_two_due_days.sql has them. A primary key is not altered, so the table is made anew.

-- +goose Up
CREATE TABLE deadlines_new (
  id integer NOT NULL, case_id integer NOT NULL, limit_id text NOT NULL, stage text NOT NULL, generation integer NOT NULL,
  started_on text NOT NULL, extend integer NOT NULL, pauses text NOT NULL, due_on text NOT NULL, due_before datetime NOT NULL,
  warn_at datetime, provisional boolean NOT NULL, calendar integer NOT NULL, opened_at datetime NOT NULL, closed_at datetime,
  red boolean NOT NULL, next text NOT NULL, next_at datetime, paused boolean NOT NULL DEFAULT false,
  beside boolean NOT NULL DEFAULT false, party text NOT NULL DEFAULT '',
  PRIMARY KEY (case_id, limit_id, beside, party, generation)
);
INSERT INTO deadlines_new (id, case_id, limit_id, stage, generation, started_on, extend, pauses, due_on, due_before, warn_at, provisional,
    calendar, opened_at, closed_at, red, next, next_at, paused)
  SELECT id, case_id, limit_id, stage, generation, started_on, extend, pauses, due_on, due_before, warn_at, provisional,
    calendar, opened_at, closed_at, red, next, next_at, paused FROM deadlines;
DROP TABLE deadlines;
ALTER TABLE deadlines_new RENAME TO deadlines;
CREATE INDEX deadlines_next ON deadlines(next_at, id) WHERE closed_at IS NULL AND next <> '';
CREATE INDEX deadlines_waiting ON deadlines(case_id) WHERE closed_at IS NOT NULL AND provisional AND next = 'red';
UPDATE deadlines SET extend = 0, calendar = 0 WHERE closed_at IS NULL AND extend < 0
  AND limit_id NOT IN ('L03', 'L10', 'L12', 'L13', 'L17', 'L18', 'L19', 'L21', 'A25');

ALTER TABLE breaches ADD COLUMN kind text NOT NULL DEFAULT 'statutory' CHECK (kind IN ('statutory', 'promised'));
UPDATE breaches SET kind = 'promised' WHERE limit_id IN ('L03', 'L10', 'L12', 'L13', 'L17', 'L18', 'L19', 'L21');

ALTER TABLE stages ADD COLUMN promised_before datetime;
UPDATE stages SET promised_before = due_before WHERE limit_id IN ('L03', 'L10', 'L12', 'L13', 'L17', 'L18', 'L19', 'L21');
DROP INDEX stages_left;
CREATE INDEX stages_left ON stages(township, chain, stage, entered_at, warn_at, due_before, left_at, working_minutes, promised_before)
  WHERE left_at IS NOT NULL AND limit_id <> '';

-- Two due days: the statutory one and the county's promise beside it, each a deadline of its own; a limit that several offices owe is one
-- deadline for each. sqlite/0018_two_due_days.sql is the same for the embedded database.

-- +goose Up
-- beside: the county's promise, which runs beside the statutory day of the same limit. party: the one of several offices that owes it
ALTER TABLE deadlines ADD COLUMN beside boolean NOT NULL DEFAULT false, ADD COLUMN party text NOT NULL DEFAULT '';
ALTER TABLE deadlines DROP CONSTRAINT deadlines_pkey;
ALTER TABLE deadlines ADD PRIMARY KEY (case_id, limit_id, beside, party, generation);
-- what the law has acted on before its day was published: the card waits for the notice
CREATE INDEX deadlines_waiting ON deadlines(case_id) WHERE closed_at IS NOT NULL AND provisional AND next = 'red';
-- a statutory day that a promise had shortened is the law's again; the limits left open were promised from the first
UPDATE deadlines SET extend = 0, calendar = 0 WHERE closed_at IS NULL AND extend < 0
  AND limit_id NOT IN ('L03', 'L10', 'L12', 'L13', 'L17', 'L18', 'L19', 'L21', 'A25');

ALTER TABLE breaches ADD COLUMN kind text NOT NULL DEFAULT 'statutory' CHECK (kind IN ('statutory', 'promised'));
UPDATE breaches SET kind = 'promised' WHERE limit_id IN ('L03', 'L10', 'L12', 'L13', 'L17', 'L18', 'L19', 'L21');

-- promised_before: the instant of the promise where it is another one than the law's, or the only one
ALTER TABLE stages ADD COLUMN promised_before timestamptz;
UPDATE stages SET promised_before = due_before WHERE limit_id IN ('L03', 'L10', 'L12', 'L13', 'L17', 'L18', 'L19', 'L21');
DROP INDEX stages_left;
CREATE INDEX stages_left ON stages(township, chain, stage, entered_at)
  INCLUDE (warn_at, due_before, left_at, working_minutes, promised_before) WHERE left_at IS NOT NULL AND limit_id <> '';

-- Telling people, as postgres/0003_notices.sql has it.

-- +goose Up
ALTER TABLE outbox ADD COLUMN delivered_at datetime;
UPDATE outbox SET delivered_at = sent_at WHERE sent_at IS NOT NULL AND (julianday(sent_at) < (SELECT julianday(max(sent_at)) FROM outbox) - 1
  OR EXISTS (SELECT 1 FROM notices n WHERE n.kind = 'message' AND n.source = outbox.id));
DROP INDEX outbox_unsent;
CREATE INDEX outbox_open ON outbox(id) WHERE delivered_at IS NULL;

-- a CHECK cannot be changed: the table is made anew
CREATE TABLE notices_new (
  id integer PRIMARY KEY AUTOINCREMENT, office_id integer NOT NULL REFERENCES offices(id), case_id integer NOT NULL REFERENCES cases(id),
  kind text NOT NULL CHECK (kind IN ('rung', 'message', 'climb')), source integer NOT NULL, -- the deadline, or the outbox row
  generation integer NOT NULL, rung text NOT NULL, step integer NOT NULL, text text NOT NULL, at datetime NOT NULL,
  acked_at datetime, acked_by integer NOT NULL DEFAULT 0, planned_at datetime, climb_at datetime, climbed_at datetime,
  UNIQUE (kind, source, generation, rung, office_id)
);
INSERT INTO notices_new (id, office_id, case_id, kind, source, generation, rung, step, text, at, planned_at)
  SELECT id, office_id, case_id, kind, source, generation, rung, step, text, at, at FROM notices;
DROP TABLE notices;
ALTER TABLE notices_new RENAME TO notices;
CREATE INDEX notices_office ON notices(office_id, kind);
CREATE INDEX notices_case ON notices(case_id);
CREATE INDEX notices_unplanned ON notices(id) WHERE planned_at IS NULL;
CREATE INDEX notices_climb ON notices(climb_at) WHERE climb_at IS NOT NULL AND climbed_at IS NULL AND acked_at IS NULL;

CREATE TABLE contacts (
  officer_id integer PRIMARY KEY REFERENCES officers(id),
  phone_alg text NOT NULL DEFAULT '', phone_key integer NOT NULL DEFAULT 0, phone_sealed text NOT NULL DEFAULT '',
  mail_alg text NOT NULL DEFAULT '', mail_key integer NOT NULL DEFAULT 0, mail_sealed text NOT NULL DEFAULT '',
  chat text NOT NULL DEFAULT '', any_hour boolean NOT NULL DEFAULT false, quiet_from integer NOT NULL DEFAULT 0, quiet_to integer NOT NULL DEFAULT 0,
  daily_digest boolean NOT NULL DEFAULT true, updated_at datetime NOT NULL
);
CREATE TABLE channels (
  id integer PRIMARY KEY AUTOINCREMENT, office_id integer NOT NULL, kind text NOT NULL CHECK (kind IN ('sms', 'wecom', 'dingtalk', 'mail')),
  config_alg text NOT NULL, config_key integer NOT NULL, config_sealed text NOT NULL,
  active boolean NOT NULL, position integer NOT NULL, updated_at datetime NOT NULL
);
CREATE TABLE leaves (
  id integer PRIMARY KEY AUTOINCREMENT, officer_id integer NOT NULL REFERENCES officers(id), from_on text NOT NULL, to_on text NOT NULL,
  substitute_id integer NOT NULL, reason text NOT NULL, entered_at datetime NOT NULL, CHECK (from_on <= to_on)
);
CREATE INDEX leaves_officer ON leaves(officer_id, to_on);
CREATE INDEX leaves_substitute ON leaves(substitute_id, to_on);

CREATE TABLE deliveries (
  id integer PRIMARY KEY AUTOINCREMENT, officer_id integer NOT NULL REFERENCES officers(id),
  kind text NOT NULL CHECK (kind IN ('urgent', 'digest')), channel_id integer NOT NULL, due_at datetime NOT NULL, not_before datetime NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'unsure', 'failed', 'void')),
  tries integer NOT NULL DEFAULT 0, attempt integer NOT NULL DEFAULT 0, last_error text NOT NULL DEFAULT '', message_id text NOT NULL UNIQUE,
  created_at datetime NOT NULL, begun_at datetime, sent_at datetime, redriven_at datetime, redriven_by integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX deliveries_digest ON deliveries(officer_id, due_at) WHERE kind = 'digest';
CREATE INDEX deliveries_due ON deliveries(not_before) WHERE state = 'waiting';
CREATE INDEX deliveries_open ON deliveries(state, id) WHERE state IN ('sending', 'unsure', 'failed');
CREATE TABLE delivery_notices (
  delivery_id integer NOT NULL REFERENCES deliveries(id), notice_id integer NOT NULL REFERENCES notices(id), officer_id integer NOT NULL,
  PRIMARY KEY (notice_id, officer_id)
) STRICT;
CREATE INDEX delivery_notices_of ON delivery_notices(delivery_id);

ALTER TABLE failed_jobs ADD COLUMN tries integer NOT NULL DEFAULT 1;
ALTER TABLE failed_jobs ADD COLUMN resolved_at datetime;
ALTER TABLE failed_jobs ADD COLUMN redriven_at datetime;
ALTER TABLE failed_jobs ADD COLUMN redriven_by integer NOT NULL DEFAULT 0;
CREATE INDEX failed_jobs_open ON failed_jobs(id) WHERE resolved_at IS NULL;

CREATE TABLE alarms (
  id integer PRIMARY KEY AUTOINCREMENT, kind text NOT NULL, subject text NOT NULL, text text NOT NULL, opened_at datetime NOT NULL, closed_at datetime
);
CREATE UNIQUE INDEX alarms_open ON alarms(kind, subject) WHERE closed_at IS NULL;

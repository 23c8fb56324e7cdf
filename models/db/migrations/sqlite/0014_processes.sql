-- The running processes with their heartbeats, and the clocks that an operator confirmed, which are only ever added to.

-- +goose Up
CREATE TABLE processes (
  id text PRIMARY KEY, role text NOT NULL, host text NOT NULL, version text NOT NULL, started_at datetime NOT NULL,
  beat_at datetime NOT NULL, swept_at datetime, doubt text NOT NULL,
  trusted_at datetime, trusted_boot text NOT NULL, trusted_booted datetime, confirmation integer NOT NULL
);
CREATE TABLE clock_confirmations (
  id integer PRIMARY KEY AUTOINCREMENT, at datetime NOT NULL, boot text NOT NULL, booted datetime NOT NULL,
  operator text NOT NULL, doubt text NOT NULL
);
-- +goose StatementBegin
CREATE TRIGGER clock_confirmations_update_is_refused BEFORE UPDATE ON clock_confirmations
BEGIN
  SELECT raise(ABORT, 'the confirmations of the clock are only added to: UPDATE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER clock_confirmations_replace_is_refused BEFORE INSERT ON clock_confirmations
WHEN EXISTS (SELECT 1 FROM clock_confirmations WHERE id = NEW.id)
BEGIN
  SELECT raise(ABORT, 'the confirmations of the clock are only added to: REPLACE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER clock_confirmations_delete_is_refused BEFORE DELETE ON clock_confirmations
BEGIN
  SELECT raise(ABORT, 'the confirmations of the clock are only added to: DELETE refused');
END;
-- +goose StatementEnd

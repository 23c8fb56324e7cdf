-- Browsers and addresses from which the right password of an account has come, as hashes: there the wrong passwords of others do not lock it.

-- +goose Up
CREATE TABLE login_devices (
  officer_id integer NOT NULL REFERENCES officers(id), mark text NOT NULL, seen_at datetime NOT NULL,
  PRIMARY KEY (officer_id, mark)
);

-- The chains about houses: which office is the authority of a case, what kind of paper a scan is, how long a certificate serves.
-- sqlite/0007_chains.sql is the same for the embedded database.

-- +goose Up
ALTER TABLE cases ADD COLUMN authority text NOT NULL DEFAULT '';
ALTER TABLE materials ADD COLUMN kind text NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN valid_to date;
ALTER TABLE documents ADD COLUMN sealed boolean NOT NULL DEFAULT false;
ALTER TABLE documents ADD COLUMN voided text NOT NULL DEFAULT '';

-- The register of those who design, build, supervise and appraise houses, as postgres/0004_contractors.sql has it.

-- +goose Up
CREATE TABLE contractors (
  code text PRIMARY KEY, kind text NOT NULL, name text NOT NULL, work text NOT NULL, basis text NOT NULL, qualification text NOT NULL,
  from_on text NOT NULL, to_on text, struck text NOT NULL DEFAULT '', officer_id integer NOT NULL DEFAULT 0, updated_at datetime NOT NULL
);

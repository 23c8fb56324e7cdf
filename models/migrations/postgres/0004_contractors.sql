-- The register of those who design, build, supervise and appraise houses.
-- sqlite/0004_contractors.sql is the same for the embedded database.

-- +goose Up
CREATE TABLE contractors (
  code text PRIMARY KEY, kind text NOT NULL, name text NOT NULL, work text NOT NULL, basis text NOT NULL, qualification text NOT NULL,
  from_on date NOT NULL, to_on date, struck text NOT NULL DEFAULT '', officer_id bigint NOT NULL DEFAULT 0, updated_at timestamptz NOT NULL
);

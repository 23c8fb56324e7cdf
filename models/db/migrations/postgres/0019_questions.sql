-- Papers put before the authority that issued them, since what they rest on has ended or the case they belong to was not
-- granted (Licensing Law Art. 69): a task of that authority until it has settled it. Of a paper there is one row.

-- +goose Up
CREATE TABLE document_questions (
  document_id bigint PRIMARY KEY, case_id bigint NOT NULL, office_id bigint NOT NULL,
  why text NOT NULL, asked_at timestamptz NOT NULL, settled_at timestamptz);
CREATE INDEX document_questions_case ON document_questions(case_id) WHERE settled_at IS NULL;
CREATE INDEX document_questions_office ON document_questions(office_id) WHERE settled_at IS NULL;

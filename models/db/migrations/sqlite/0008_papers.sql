-- Papers as they were printed, as postgres/0008_papers.sql has it.

-- +goose Up
CREATE TABLE papers (
  document_id integer PRIMARY KEY REFERENCES documents(id), case_id integer NOT NULL REFERENCES cases(id),
  hash text NOT NULL, size integer NOT NULL, body blob NOT NULL, signature text NOT NULL DEFAULT '', signer text NOT NULL DEFAULT '', printed_at datetime NOT NULL
);
CREATE INDEX papers_case ON papers(case_id);
CREATE INDEX documents_recent ON documents(issued_at);
-- +goose StatementBegin
CREATE TRIGGER papers_update_is_refused BEFORE UPDATE ON papers
BEGIN
  SELECT raise(ABORT, 'a printed paper is never changed: UPDATE refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER papers_replace_is_refused BEFORE INSERT ON papers
WHEN EXISTS (SELECT 1 FROM papers WHERE document_id = NEW.document_id)
BEGIN
  SELECT raise(ABORT, 'UNIQUE constraint failed: papers.document_id: it was printed already');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER papers_delete_is_refused BEFORE DELETE ON papers
BEGIN
  SELECT raise(ABORT, 'a printed paper is never changed: DELETE refused');
END;
-- +goose StatementEnd

-- the seal picture of an office, encrypted; its head set it
CREATE TABLE seals (
  office_id integer PRIMARY KEY REFERENCES offices(id), alg text NOT NULL, key_version integer NOT NULL, sealed text NOT NULL,
  officer_id integer NOT NULL, set_at datetime NOT NULL
);

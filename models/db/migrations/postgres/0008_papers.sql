-- Papers as they were printed: one for each document, never another.
-- sqlite/0008_papers.sql is the same for the embedded database.

-- +goose Up
CREATE TABLE papers (
  document_id bigint PRIMARY KEY REFERENCES documents(id), case_id bigint NOT NULL REFERENCES cases(id),
  hash text NOT NULL, size bigint NOT NULL, body bytea NOT NULL, signature text NOT NULL DEFAULT '', signer text NOT NULL DEFAULT '', printed_at timestamptz NOT NULL
);
CREATE INDEX papers_case ON papers(case_id);
-- what was issued before this program printed papers is printed from now on
CREATE INDEX documents_recent ON documents(issued_at);
-- +goose StatementBegin
CREATE FUNCTION papers_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a printed paper is never changed: % refused', TG_OP;
END $$;
-- +goose StatementEnd
CREATE TRIGGER papers_rows_are_kept BEFORE UPDATE OR DELETE ON papers FOR EACH ROW EXECUTE FUNCTION papers_are_kept();
CREATE TRIGGER papers_table_is_kept BEFORE TRUNCATE ON papers FOR EACH STATEMENT EXECUTE FUNCTION papers_are_kept();

-- the seal picture of an office, encrypted; its head set it
CREATE TABLE seals (
  office_id bigint PRIMARY KEY REFERENCES offices(id), alg text NOT NULL, key_version integer NOT NULL, sealed text NOT NULL,
  officer_id bigint NOT NULL, set_at timestamptz NOT NULL
);

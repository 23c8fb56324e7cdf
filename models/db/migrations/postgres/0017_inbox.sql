-- The inbox of an office: which notices it has read. What was acknowledged before has been read.
-- sqlite/0017_inbox.sql is the same for the embedded database.

-- +goose Up
ALTER TABLE notices ADD COLUMN read_at timestamptz;
UPDATE notices SET read_at = acked_at WHERE acked_at IS NOT NULL;
CREATE INDEX notices_owed ON notices(office_id, case_id) WHERE acked_at IS NULL AND kind <> 'message';
CREATE INDEX notices_inbox ON notices(office_id, id);

-- The keys under which households are found are made anew from the normal form of names: IndexHouseholds does so after this.
DELETE FROM household_keys;

-- The telephone of an office, which notices name beside the officer who answers questions (Licensing Law Art. 32(4)).
-- sqlite/0030_office_phone.sql is the same for the other database.

-- +goose Up
ALTER TABLE offices ADD COLUMN phone text NOT NULL DEFAULT ''; -- '' where the county has not entered it: written by hand

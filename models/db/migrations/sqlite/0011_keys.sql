-- Keys that hold for every submission: asked tells one request from another under the same key. Under case 0 stand the keys that
-- opened a case or entered a household; step is then the number of what was made.

-- +goose Up
ALTER TABLE idempotency ADD COLUMN asked text NOT NULL DEFAULT '';

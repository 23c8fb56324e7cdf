-- Design and supervision bought by the county for its villagers (R13–R20, A28),
-- as postgres/0005_purchases.sql has it.

-- +goose Up
CREATE TABLE purchase_agencies (
  code text PRIMARY KEY REFERENCES contractors(code), committed_by text NOT NULL, committed_on text NOT NULL, reviewed_by integer NOT NULL,
  published_from text, published_to text, delisted text NOT NULL DEFAULT '', updated_at datetime NOT NULL
);
CREATE TABLE purchase_orders (
  id integer PRIMARY KEY AUTOINCREMENT, household_id integer NOT NULL REFERENCES households(id), division text NOT NULL, group_no text NOT NULL,
  year integer NOT NULL, work text NOT NULL, agency text NOT NULL REFERENCES purchase_agencies(code), selected_by integer NOT NULL, selected_at datetime NOT NULL,
  household_signer text NOT NULL DEFAULT '', village_by integer NOT NULL DEFAULT 0, township_by integer NOT NULL DEFAULT 0,
  fen integer NOT NULL DEFAULT 0, voucher text NOT NULL DEFAULT '', paid_at datetime, paid_by integer NOT NULL DEFAULT 0,
  UNIQUE (household_id, year, work)
);
CREATE INDEX purchase_orders_year ON purchase_orders(year, agency);

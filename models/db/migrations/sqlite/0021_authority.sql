-- The authority in the name of which a paper goes out, its service, and how each office signs its numbers.
-- postgres/0021_authority.sql is the same for the other database.

-- +goose Up
ALTER TABLE offices ADD COLUMN short text NOT NULL DEFAULT ''; -- in front of the numbers of its papers: 稷峰政 in 稷峰政许受〔2026〕12号
ALTER TABLE documents ADD COLUMN authority text NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN serve_at integer REFERENCES offices(id); -- the counter that serves it; NULL: it is not served
ALTER TABLE documents ADD COLUMN served_on text;
CREATE INDEX documents_unserved ON documents(serve_at, case_id) WHERE serve_at IS NOT NULL AND served_on IS NULL AND voided = '';

-- How the offices that are there sign their papers: the stem of a township, the first character of a county. The system
-- administrator may change it.
UPDATE offices SET short = CASE kind
  WHEN 'township_government' THEN replace(replace(name, '镇人民政府', ''), '乡人民政府', '') || '政'
  WHEN 'market_supervision_station' THEN replace(replace(name, '镇市场监管所', ''), '乡市场监管所', '') || '市监'
  WHEN 'county_government' THEN substr(name, 1, 1) || '政'
  WHEN 'county_natural_resources_bureau' THEN substr(name, 1, 1) || '自'
  WHEN 'county_housing_bureau' THEN substr(name, 1, 1) || '建'
  WHEN 'county_approval_bureau' THEN substr(name, 1, 1) || '审'
  ELSE '' END;

-- What was issued before named its issuer as a kind of office.
UPDATE documents SET authority = CASE issuer
  WHEN '乡（镇）人民政府' THEN 'township_government' WHEN '县自然资源局' THEN 'county_natural_resources_bureau'
  WHEN '县行政审批局' THEN 'county_approval_bureau' WHEN '县住建局' THEN 'county_housing_bureau'
  WHEN '市场监管所' THEN 'market_supervision_station' ELSE '' END;

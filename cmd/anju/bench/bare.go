package bench

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"anju/cmd/anju/failure"
)

// bareBatch is the least that a batch of red cards must write: the entries of the register, the lines, the messages,
// and what keeps them from being issued again.
const bareBatch = `WITH due AS (
  SELECT d.id, d.case_id, d.limit_id, d.generation, d.stage, d.due_before FROM deadlines d WHERE d.closed_at IS NULL AND d.next <> '' AND d.next_at <= $1
  ORDER BY d.next_at, d.id LIMIT $2 FOR UPDATE SKIP LOCKED
), red AS (
  INSERT INTO breaches(id, case_id, deadline_id, generation, chain, stage, limit_id, rule, law, article, party, township, office_id, officer_id, due_before, opened_at, explain_by)
  SELECT due.id, case_id, due.id, generation, 'homestead', stage, limit_id, 'R40', '稷政办发〔2021〕23号', '三4', 'village_organization', left(c.division, 9), 1, 0, due_before, $1,
    $1::timestamptz + interval '3 days' FROM due JOIN cases c ON c.id = due.case_id
), line AS (
  INSERT INTO history(id, case_id, step, at, officer_id, officer_name, office_id, office_name, verb, from_state, to_state, reason, data, rung, rule, alg, key_version, previous, hash)
  SELECT due.id, case_id, c.step + 1, $1, 0, '系统', 0, '', 'issue_red_card', c.state, c.state, '逾期（红）：村级审查，L04（三4）到期日 2026-03-16', '', 'red', 'R40', 'sm3', 0, c.head,
    encode(sha256((c.head || due.id)::bytea), 'hex') FROM due JOIN cases c ON c.id = due.case_id
), told AS (
  INSERT INTO outbox(id, case_id, topic, payload, created_at)
  SELECT due.id, case_id, 'rung', '{"topic":"rung","tells":["village_organization","township_government"],"verb":"issue_red_card","state":"village_review","rung":"red"}', $1 FROM due
)
UPDATE deadlines d SET red = true, next = 'day_3', next_at = $1::timestamptz + interval '3 days' FROM due WHERE d.case_id = due.case_id AND d.limit_id = due.limit_id AND d.generation = due.generation`

// bareTables are those that the batch reads and writes.
var bareTables = []string{"cases", "deadlines", "breaches", "history", "outbox"}

func bareSweep(ctx context.Context, address string, now time.Time) (sum int64, err error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, err
	}
	defer func() { err = failure.First(err, conn.Close(ctx)) }()
	for {
		done, err := conn.Exec(ctx, bareBatch, now, 500)
		if err != nil {
			return sum, err
		}
		if done.RowsAffected() == 0 {
			return sum, nil
		}
		sum += done.RowsAffected()
	}
}

package models_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"anju/models/modelstest"
	"anju/models/registry"
	"anju/workflow"
	"anju/workflow/glossary"
)

// looked verifies the county as a worker does every night, and gives what was found of a case; of none for 0.
func (c *county) looked(dir string, of workflow.CaseID) string {
	c.t.Helper()
	v, err := c.store.Verify(c.t.Context(), dir)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.store.KeepVerification(c.t.Context(), c.clock.Now(), v); err != nil {
		c.t.Fatal(err)
	}
	var found []string
	for _, b := range v.Findings {
		if b.Case == of {
			found = append(found, b.Error())
		}
	}
	return strings.Join(found, "\n")
}

// frozen fails unless people and the ladder are kept from a case, and other cases are not.
func (c *county) frozen(id workflow.CaseID) {
	c.t.Helper()
	found, err := frozenBy(c, id)
	if err != nil || found == "" {
		c.t.Fatalf("case %d is not frozen: %v", id, err)
	}
	var held *workflow.Held
	_, err = c.svc.Move(c.t.Context(), id, c.people[glossary.ServiceCenter], "a key", workflow.Move{Do: glossary.Withdraw, Reason: "x"})
	if !errors.As(err, &held) || held.Hold != workflow.HoldRecord {
		c.t.Errorf("a move of a frozen case: %v", err)
	}
	far := c.clock.Now().AddDate(2, 0, 0)
	due, err := c.store.DueRungs(c.t.Context(), far, 10_000)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, d := range due {
		if d.Case == id {
			c.t.Errorf("a rung of the frozen case is due: %+v", d)
		}
	}
	failed, err := c.store.UpdateMany(c.t.Context(), []workflow.CaseID{id}, func(workflow.Case) (workflow.Outcome, error) {
		c.t.Error("a frozen case is judged")
		return workflow.Outcome{}, errors.New("judged")
	})
	if err != nil || !errors.As(failed[id], &held) {
		c.t.Errorf("a batch with a frozen case: %v, %v", failed, err)
	}
	c.walk(c.open("homestead").ID, glossary.GroupReceived)
}

// Fault 40 (M8): what the owner of the database does to the record is named, and the case is frozen until it is
// released.
func TestAChangedLineFreezesItsCase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		c.marked(dir)
		k := c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		c.owner("UPDATE history SET reason = reason || 'x' WHERE case_id = %d AND step = 3", k.ID)
		if found := c.looked(dir, k.ID); !strings.Contains(found, "step 3") || !strings.Contains(found, "was changed") {
			t.Fatalf("found %q", found)
		}
		c.frozen(k.ID)
		_, at, err := c.store.LastVerification(t.Context())
		if err != nil || !at.Equal(c.clock.Now().UTC().Truncate(time.Microsecond)) {
			t.Errorf("last verified %s, %v", at, err)
		}
		if err := c.store.ReleaseCase(t.Context(), k.Number, "it@county", "the disk was at fault"); err != nil {
			t.Fatal(err)
		}
		if err := c.store.ReleaseCase(t.Context(), k.Number, "it@county", "again"); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("released twice: %v", err)
		}
		if found := c.looked(dir, k.ID); found == "" {
			t.Error("the finding is gone with the release")
		}
		if found, err := frozenBy(c, k.ID); err != nil || found != "" {
			t.Errorf("frozen again after the release: %q, %v", found, err)
		}
		c.walk(k.ID, glossary.GroupNotice)
		// a release that was written by hand does not count
		c.exec("UPDATE frozen_cases SET tag = 'forged'")
		c.looked(dir, k.ID)
		if found, err := frozenBy(c, k.ID); err != nil || found == "" {
			t.Errorf("a forged release holds: %v", err)
		}
	})
}

func TestADeletedCaseIsNamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		m, _ := c.marked(dir)
		c.walk(c.open("homestead").ID, glossary.GroupMeeting)
		k := c.walk(c.open("homestead").ID, glossary.JointReview)
		c.walk(c.open("homestead").ID, glossary.GroupReceived)
		last := c.walk(c.open("homestead").ID, glossary.GroupReceived)
		if _, err := m.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, gone := range []workflow.CaseID{k.ID, last.ID} { // one among others, and the last
			for _, table := range []string{"history", "records", "materials", "documents", "stage_offices", "stages", "deadlines", "notices", "outbox", "parcels", "buildings",
				"idempotency"} {
				switch table {
				case "stage_offices":
					c.owner("DELETE FROM stage_offices WHERE stage_id / 1000000 = %d", gone)
				default:
					c.owner("DELETE FROM "+table+" WHERE case_id = %d", gone)
				}
			}
			c.owner("DELETE FROM cases WHERE id = %d", gone)
		}
		found := c.looked(t.TempDir(), 0) // without the mark
		for _, want := range []string{"case " + itoa(k.ID) + " is missing", "case " + itoa(last.ID) + " is missing", "paper 1 of series"} {
			if !strings.Contains(found, want) {
				t.Errorf("not named: %s in\n%s", want, found)
			}
		}
		if found := c.looked(dir, 0); !strings.Contains(found, "behind its mark: cases") {
			t.Errorf("the mark does not tell:\n%s", found)
		}
		v, _, err := c.store.LastVerification(t.Context())
		if err != nil || len(v.Whole()) == 0 {
			t.Errorf("kept %+v, %v", v, err)
		}
		// a gap cannot be explained by hand
		c.exec("INSERT INTO number_gaps (series, first, last, cause, at, tag) VALUES ('case', %d, %d, 'x', '2026-03-02 00:00:00+00:00', 'x')", k.ID, k.ID)
		if found := c.looked(t.TempDir(), 0); !strings.Contains(found, "case "+itoa(k.ID)+" is missing") || !strings.Contains(found, "not by this program") {
			t.Errorf("a gap written by hand explains:\n%s", found)
		}
	})
}

func TestACutTailIsNamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		m, _ := c.marked(dir)
		k := c.walk(c.open("homestead").ID, glossary.GroupNotice)
		if _, err := m.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
		to := k.Step - 2
		c.owner("DELETE FROM history WHERE case_id = %d AND step > %d", k.ID, to)
		c.owner("UPDATE cases SET step = %d, head = (SELECT hash FROM history WHERE case_id = %d AND step = %d), "+
			"state = (SELECT to_state FROM history WHERE case_id = %d AND step = %d) WHERE id = %d", to, k.ID, to, k.ID, to, k.ID)
		if found := c.looked(t.TempDir(), k.ID); !strings.Contains(found, "rows of a later step") {
			t.Errorf("without the mark: %q", found)
		}
		if found := c.looked(dir, 0); !strings.Contains(found, "history entries") {
			t.Errorf("with the mark: %q", found)
		}
		if _, found := c.marked(dir); found.Cause == "" || c.held() == nil {
			t.Error("a start on it holds nothing")
		}
		c.frozen(k.ID)
	})
}

func TestADeletedBreachIsNamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		k := c.walk(c.open("homestead").ID, glossary.VillageReview)
		other := c.walk(c.open("homestead").ID, glossary.VillageReview)
		c.reach(c.clock.Now().AddDate(0, 2, 0))
		c.verified()
		if c.count("breaches", "case_id = "+itoa(k.ID)) == 0 {
			t.Fatal("no breach to delete")
		}
		c.owner("DELETE FROM breaches WHERE case_id = %d", k.ID)
		if found := c.looked(t.TempDir(), k.ID); !strings.Contains(found, "no entry in the register") {
			t.Errorf("found %q", found)
		}
		c.owner("DELETE FROM breaches WHERE case_id = %d", other.ID)
		c.owner("DELETE FROM rungs_fired WHERE deadline_id / 1000000 = %d", other.ID)
		if found := c.looked(t.TempDir(), other.ID); !strings.Contains(found, "red cards") {
			t.Errorf("with the rungs gone too: %q", found)
		}
		c.frozen(k.ID)
	})
}

func TestAForgedNumberIsNamed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		k := c.walk(c.open("homestead").ID, glossary.Issued)
		c.verified()
		c.owner("UPDATE documents SET number = 'FORGED' WHERE case_id = %d AND kind = '%s'", k.ID, glossary.HomesteadCert)
		if found := c.looked(t.TempDir(), k.ID); !strings.Contains(found, "is numbered FORGED") {
			t.Errorf("found %q", found)
		}
		c.frozen(k.ID)
	})
}

func TestOneWorkerVerifies(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		claimed := 0
		for _, err := range atOnce(8, func(int) error {
			mine, err := c.store.ClaimVerification(t.Context())
			if err == nil && mine {
				err = errMine
			}
			return err
		}) {
			switch {
			case errors.Is(err, errMine):
				claimed++
			case err != nil:
				t.Error(err)
			}
		}
		if claimed != 1 {
			t.Errorf("%d workers verify at once", claimed)
		}
		_ = c.clock.Set(c.clock.Now().Add(61 * time.Minute)) // the one that took it has died
		if mine, err := c.store.ClaimVerification(t.Context()); err != nil || !mine {
			t.Errorf("after an hour: %v, %v", mine, err)
		}
	})
}

var errMine = errors.New("mine")

func itoa(id workflow.CaseID) string { return strconv.FormatInt(int64(id), 10) }

// The end of a history cut off, and the row of its case put back, looks like an older copy: the cause says what is
// missing and names both, and a confirmation does not make the record whole.
func TestACutTailStaysWithTheRecord(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		dir := t.TempDir()
		k := c.open("homestead")
		before := c.copied()
		c.walk(k.ID, glossary.GroupReceived)
		c.marked(dir)
		cut := c.reopened(before) // lines fewer, whichever way
		_, found := cut.marked(dir)
		for _, want := range []string{"history entries 1, the mark has", " fewer)", "older copy was restored", "lines were removed"} {
			if !strings.Contains(found.Cause, want) {
				t.Errorf("the cause does not say %q: %s", want, found.Cause)
			}
		}
		if err := cut.store.ConfirmRestore(t.Context(), "it@county", registry.TellRest); err != nil {
			t.Fatal(err)
		}
		if found := cut.looked(dir, 0); found != "" {
			t.Errorf("a confirmed hold is a finding: %s", found)
		}
		last, _, err := cut.store.LastVerification(t.Context())
		if err != nil || len(last.Holds) != 1 || last.Holds[0].Lasts() || last.Holds[0].ConfirmedBy != "it@county" || last.Holds[0].Cause != found.Cause {
			t.Errorf("the last verification does not have the confirmed hold: %+v, %v", last.Holds, err)
		}
	})
}

// frozenBy says what a case is frozen by; "" where it is not.
func frozenBy(c *county, id workflow.CaseID) (found string, err error) {
	err = c.db.Pool().QueryRowContext(c.ctx(), fmt.Sprintf("SELECT COALESCE(min(found), '') FROM frozen_cases WHERE case_id = %d AND released_at IS NULL", id)).Scan(&found)
	return found, err
}

package notices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anju/models/db"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Unmanned is an office without an officer who can do what a case waits for, or will wait for next.
type Unmanned struct {
	Office   workflow.OfficeID // 0: the county has no such office
	Kind     workflow.Party
	Division string
	Name     string
	Head     bool // only a head may sign there, and no head is there
	Cases    int  // that lie there now
	Coming   int  // with their next stage there
	Number   string
}

// officeNeed is what cases want of an office.
type officeNeed struct {
	kind     workflow.Party
	division string
}

// Unmanned lists the offices that an open case lies in, or comes to next on the main line, and in which no officer can
// act on a day: no active account with a role for it, or all of those on leave without a substitute who could.
func (s *Store) Unmanned(ctx context.Context, today calendar.Day) ([]Unmanned, error) {
	needs, err := s.officeNeeds(ctx)
	if err != nil {
		return nil, err
	}
	at, err := s.presentByOffice(ctx, today)
	if err != nil {
		return nil, err
	}
	var list []Unmanned
	for n, u := range needs {
		office, err := s.org.Office(ctx, n.kind, n.division)
		if err != nil && !errors.Is(err, workflow.ErrNotFound) {
			return nil, err
		}
		switch there := at[office.ID]; {
		case err == nil && there.heads:
			continue
		case err == nil && there.anyone && !u.Head:
			continue
		case err == nil && !there.anyone:
			u.Head = false
		}
		u.Office, u.Kind, u.Division, u.Name = office.ID, n.kind, n.division, office.Name
		list = append(list, *u)
	}
	slices.SortFunc(list, func(a, b Unmanned) int {
		return cmp.Or(cmp.Compare(a.Division, b.Division), cmp.Compare(a.Kind, b.Kind))
	})
	return list, nil
}

// officeNeeds counts what the open cases want of each office, now and next.
func (s *Store) officeNeeds(ctx context.Context) (map[officeNeed]*Unmanned, error) {
	var groups []struct {
		Chain                            string
		ChainVersion                     int
		State, Division, GroupNo, Number string
		NoGroupLevel, InsidePlanningArea bool
		Authority                        workflow.Party
		N                                int
	}
	if err := s.db.Read(ctx).Table("cases").Where("closed_at IS NULL").
		Select("chain, chain_version, state, division, group_no, no_group_level, inside_planning_area, authority, " +
			"min(number) AS number, count(*) AS n").
		Group("chain, chain_version, state, division, group_no, no_group_level, inside_planning_area, " +
			"authority").Scan(&groups).Error; err != nil {
		return nil, err
	}
	needs := map[officeNeed]*Unmanned{}
	for _, g := range groups {
		chain, err := s.chains.At(workflow.ChainID(g.Chain), g.ChainVersion)
		if err != nil {
			return nil, err
		}
		c := workflow.Case{Chain: workflow.ChainID(g.Chain), Authority: g.Authority, Division: g.Division, GroupNo: g.GroupNo,
			NoGroupLevel: g.NoGroupLevel, InsidePlanningArea: g.InsidePlanningArea}
		count := func(st workflow.Stage, add func(*Unmanned, int)) {
			for p, head := range neededOffices(st, c) {
				n := officeNeed{p, workflow.OfficeDivision(p.Level(), c.Division, c.GroupNo)}
				u := needs[n]
				if u == nil {
					u = &Unmanned{Number: g.Number}
					needs[n] = u
				}
				u.Head = u.Head || head
				add(u, g.N)
			}
		}
		st, ok := chain.Stage(workflow.State(g.State))
		if !ok {
			return nil, fmt.Errorf("chain %s version %d lacks the stage %s", chain.ID, chain.Version, g.State)
		}
		count(st, func(u *Unmanned, n int) { u.Cases += n })
		for _, next := range nextStages(chain, st) {
			count(next, func(u *Unmanned, n int) { u.Coming += n })
		}
	}
	return needs, nil
}

// nextStages are the stages that follow a stage on the main line.
func nextStages(ch workflow.Chain, st workflow.Stage) []workflow.Stage {
	var list []workflow.Stage
	for _, a := range st.Actions {
		if !a.Ahead || len(a.To.States) == 0 {
			continue
		}
		if next, ok := ch.Stage(a.To.States[0]); ok && next.Ends == "" {
			list = append(list, next)
		}
	}
	return list
}

// neededOffices are the offices that a stage needs to go on, each with whether only a head will do.
func neededOffices(st workflow.Stage, c workflow.Case) map[workflow.Party]bool {
	desks := map[workflow.Party]bool{st.By.Desk(c): false}
	for _, a := range st.Actions {
		if !a.Ahead {
			continue
		}
		p := cmp.Or(a.By, st.By).Desk(c)
		desks[p] = desks[p] || a.Signed
	}
	for _, r := range st.Records {
		if !r.Each {
			continue
		}
		for _, p := range r.By {
			p = p.Desk(c)
			desks[p] = desks[p] || r.Signed
		}
	}
	return desks
}

type presence struct{ anyone, heads bool }

// presentByOffice tells who can act in each office on a day.
func (s *Store) presentByOffice(ctx context.Context, today calendar.Day) (map[workflow.OfficeID]presence, error) {
	var people []struct {
		ID, OfficeID int64
		Role         string
		Away         bool
	}
	if err := s.db.Read(ctx).Raw("SELECT o.id, o.office_id, o.role, EXISTS (SELECT 1 FROM leaves l "+
		"WHERE l.officer_id = o.id AND l.from_on <= ? AND l.to_on >= ?) AS away FROM officers o WHERE o.active",
		db.Day(today), db.Day(today)).Scan(&people).Error; err != nil {
		return nil, err
	}
	at := map[workflow.OfficeID]presence{}
	for _, p := range people {
		role := workflow.Role(p.Role)
		if p.Away || !role.Handles() { // a substitute is of the same office, and counts for himself
			continue
		}
		m := at[workflow.OfficeID(p.OfficeID)]
		m.anyone, m.heads = true, m.heads || role.Signs()
		at[workflow.OfficeID(p.OfficeID)] = m
	}
	return at, nil
}

// Alarm is something that an administrator must see to. It is open as long as its cause lasts.
type Alarm struct {
	ID       int64
	Kind     string
	Subject  string // tells several of a kind apart
	Text     string
	OpenedAt time.Time
	ClosedAt time.Time // zero while it is open
}

type alarmRow struct {
	ID       int64 `gorm:"primaryKey;autoIncrement"`
	Kind     string
	Subject  string
	Text     string
	OpenedAt time.Time
	ClosedAt *time.Time
}

func (alarmRow) TableName() string { return "alarms" }

// Alarms lists the open alarms, the newest first.
func (s *Store) Alarms(ctx context.Context) ([]Alarm, error) {
	var rows []alarmRow
	if err := s.db.Read(ctx).Where("closed_at IS NULL").Order("id DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Alarm, len(rows))
	for i, r := range rows {
		list[i] = Alarm{r.ID, r.Kind, r.Subject, r.Text, r.OpenedAt, db.TimeOrZero(r.ClosedAt)}
	}
	return list, nil
}

// SetAlarms brings the alarms of a kind up to date: what is not open yet is opened, and what is not given is closed.
func (s *Store) SetAlarms(ctx context.Context, kind string, now []Alarm) (opened, closed int, err error) {
	err = s.db.Update(ctx, func(t *db.Tx) error {
		opened, closed = 0, 0
		at := s.db.Now()
		open := map[string]alarmRow{}
		t.Query(func(scan func(...any) error) error {
			var r alarmRow
			err := scan(&r.ID, &r.Subject, &r.Text)
			open[r.Subject] = r
			return err
		}, "SELECT c.id, c.subject, c.text FROM alarms c WHERE c.kind = ? AND c.closed_at IS NULL"+s.db.SQL().Lock(), kind)
		if err := t.Flush(); err != nil {
			return fmt.Errorf("read alarms: %w", err)
		}
		for _, a := range now {
			r, known := open[a.Subject]
			switch {
			case !known:
				t.Exec("INSERT INTO alarms (kind, subject, text, opened_at) VALUES (?, ?, ?, ?) ON CONFLICT (kind, subject) "+
					"WHERE closed_at IS NULL DO NOTHING",
					kind, a.Subject, a.Text, at)
				opened++
			case r.Text != a.Text:
				t.Exec("UPDATE alarms SET text = ? WHERE id = ?", a.Text, r.ID)
			}
			delete(open, a.Subject)
		}
		for _, r := range open {
			t.Exec("UPDATE alarms SET closed_at = ? WHERE id = ?", at, r.ID)
			closed++
		}
		return t.Commit()
	})
	return opened, closed, err
}

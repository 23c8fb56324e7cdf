// Package tour walks three households of the demo county through all chains in a database that is thrown away and
// prints the timeline, and draws chains as pictures. Nothing that a county needs may depend on it.
package tour

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/models"
	database "anju/models/db"
	"anju/seeds"
	"anju/workflow"
)

// Run makes the county, walks the case and verifies the history; what a person reads goes to out.
func Run(ctx context.Context, out io.Writer) (r Result, err error) {
	folder, err := os.MkdirTemp("", "anju-demo-")
	if err != nil {
		return r, fmt.Errorf("make a folder for the demo: %w; set TMPDIR to one that this user can write", err)
	}
	defer func() { err = failure.First(err, os.RemoveAll(folder)) }()
	keys, err := database.LoadKeyring(filepath.Join(folder, "master.key"), true)
	if err != nil {
		return r, err
	}
	clock := backend.NewClock(seeds.DemoStart)
	db, err := database.Open(ctx, database.Options{URL: filepath.Join(folder, "anju.db"), Keys: keys, Now: clock.Now})
	if err != nil {
		return r, err
	}
	b := &backend.Backend{DB: db, Store: models.NewStore(db, backend.Chains()), Now: clock.Now}
	defer func() { err = failure.First(err, b.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return r, err
	}
	people, err := seeds.LoadDemo(ctx, b.Store)
	if err != nil {
		return r, err
	}
	svc, county, err := b.Service(ctx)
	if err != nil {
		return r, err
	}
	t := &walkthrough{out: out, store: b.Store, svc: svc, clock: clock, cal: county.Get().Calendar,
		walker: &seeds.Walker{Service: svc, Officers: people}, people: people, cases: map[workflow.CaseID]*caseProgress{}}
	for _, story := range []struct {
		title string
		tell  func(context.Context) error
	}{{"第一户：从宅基地到经营", t.fromHomesteadToBusiness}, {"第二户：擅自开工、责令停工、鉴定、补办登记", t.unregisteredStart},
		{"第三户：经营核查不符合、责令变更经营场所", t.refusedBusiness}} {
		fmt.Fprintf(out, "════ %s ════\n\n", story.title)
		if err := story.tell(ctx); err != nil {
			return r, fmt.Errorf("demo: %w", err)
		}
	}
	for _, c := range t.order {
		r.Cases = append(r.Cases, t.cases[c].result)
	}
	v, err := b.Store.VerifyHistory(ctx)
	if err != nil {
		return r, err
	}
	r.History.Entries, r.History.Verified = v.Entries, v.Broken == nil
	if v.Broken != nil {
		return r, fmt.Errorf("the history does not verify: entry %d: %s", v.Broken.ID, v.Broken.Why)
	}
	fmt.Fprintf(out, "历史记录 %d 条，哈希链逐条复算无误\n", v.Entries)
	return r, nil
}

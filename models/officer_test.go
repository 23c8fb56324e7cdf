package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"anju/models/attempts"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/glossary"
)

func TestFiveWrongPasswordsPauseAccountAndAddress(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := dawn
		try := func(login, password, address string) error {
			_, err := c.store.Authenticate(c.ctx(), login, password, address, "", now)
			return err
		}
		o, err := c.store.Authenticate(c.ctx(), "township", seeds.DemoPassword, "10.0.0.9", "", now)
		if err != nil || o.OfficeKind != glossary.TownshipGovernment || o.Division != "140824100000" ||
			o.Role != glossary.TownshipHead {
			t.Fatalf("%+v, %v", o, err)
		}
		for range 5 {
			if err := try("township", "wrong", "10.0.0.1"); !errors.Is(err, org.ErrBadLogin) {
				t.Fatal(err)
			}
		}
		if err := try("township", seeds.DemoPassword, "10.0.0.2"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("the account from elsewhere: %v", err)
		}
		if err := try("village", seeds.DemoPassword, "10.0.0.1"); err != nil {
			t.Errorf("a town hall shares one address, and another account was locked out: %v", err)
		}
		for i := range 45 {
			if err := try(fmt.Sprintf("guess%d", i), "wrong", "10.0.0.1"); !errors.Is(err, org.ErrBadLogin) {
				t.Fatal(err)
			}
		}
		if err := try("guess0", "wrong", "10.0.0.1"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("an account with failures, after fifty wrong passwords from the address: %v", err)
		}
		if err := try("planning", seeds.DemoPassword, "10.0.0.1"); err != nil {
			t.Errorf("an account without failures at an address that strangers filled: %v", err)
		}
		for range 5 {
			if err := try("nobody", "wrong", "10.0.0.3"); !errors.Is(err, org.ErrBadLogin) {
				t.Fatal(err)
			}
		}
		if err := try("nobody", "wrong", "10.0.0.4"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("an unknown account: %v", err)
		}
		now = now.Add(16 * time.Minute)
		if err := try("township", seeds.DemoPassword, "10.0.0.1"); err != nil {
			t.Errorf("after a quarter of an hour: %v", err)
		}
	})
}

// A stranger's wrong passwords do not lock an account where its owner is known (H5, B10): in his browser, and at an
// address from which he has logged in.
func TestAStrangerLocksNobodyOut(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		now := dawn
		try := func(password, address, device string) error {
			_, err := c.store.Authenticate(c.ctx(), "township", password, address, device, now)
			return err
		}
		if err := try(seeds.DemoPassword, "10.0.0.1", "browser"); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if err := try("wrong", "10.6.6.6", "another browser"); !errors.Is(err, org.ErrBadLogin) {
				t.Fatal(err)
			}
		}
		if err := try(seeds.DemoPassword, "10.7.7.7", ""); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("from where nobody knows him: %v", err)
		}
		if err := try(seeds.DemoPassword, "10.7.7.7", "another browser"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("in a browser from which only wrong passwords came: %v", err)
		}
		if err := try(seeds.DemoPassword, "10.0.0.1", ""); err != nil {
			t.Errorf("at his own address: %v", err)
		}
		if err := try(seeds.DemoPassword, "10.6.6.6", "browser"); err != nil {
			t.Errorf("in his own browser: %v", err)
		}
		// what is known has a limit of its own: five wrong ones, then it is as any other
		if _, err := c.store.Authenticate(c.ctx(), "planning", seeds.DemoPassword, "10.0.0.2", "stolen", now); err != nil {
			t.Fatal(err)
		}
		looked := 0
		for range 20 {
			if _, err := c.store.Authenticate(c.ctx(), "planning", "wrong", "10.0.0.2", "stolen", now); errors.Is(err,
				org.ErrBadLogin) {
				looked++
			}
		}
		if looked > 10 {
			t.Errorf("%d wrong passwords in a known browser at a known address were looked at", looked)
		}
		if _, err := c.store.ResetPassword(c.ctx(), org.Administrator{Command: "root"}, "planning", "a new password",
			false); err != nil {
			t.Fatal(err)
		}
		if _, err := c.store.Authenticate(c.ctx(), "planning", "a new password", "10.0.0.2", "stolen", now); err != nil {
			t.Errorf("after a reset: %v", err)
		}
		if strings.Contains(c.lying("login_devices"), "browser") {
			t.Error("the secret of a browser lies in the clear")
		}
	})
}

// Of many wrong passwords at once no more are looked at than may be wrong, and many right ones at once all come in
// (M1).
func TestWrongPasswordsAtOnceAreCounted(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		count := func(n int, try func(i int) error) (looked int) {
			for _, err := range atOnce(n, try) {
				switch {
				case errors.Is(err, org.ErrBadLogin):
					looked++
				case !errors.Is(err, attempts.ErrTooMany):
					t.Errorf("%v", err)
				}
			}
			return looked
		}
		if n := count(150, func(i int) error {
			_, err := c.store.Authenticate(c.ctx(), "township", fmt.Sprint("guess", i), fmt.Sprint("10.0.0.", i), "", dawn)
			return err
		}); n != 5 {
			t.Errorf("%d of 150 passwords of one account were looked at", n)
		}
		for i, err := range atOnce(20, func(int) error {
			_, err := c.store.Authenticate(c.ctx(), "counter", seeds.DemoPassword, "10.1.0.1", "", dawn)
			return err
		}) {
			if err != nil {
				t.Errorf("right password %d of 20 at once: %v", i, err)
			}
		}
		if n := c.count("login_failures", "subject LIKE 'login:%'"); n != 1 {
			t.Errorf("%d accounts have counts, want that of the wrong passwords alone", n)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.officer("counter")
		token, expires, csrf, err := c.store.NewSession(c.ctx(), id, time.Hour)
		if err != nil || !expires.Equal(c.clock.Now().Add(time.Hour)) || csrf == token {
			t.Fatal(err)
		}
		if o, got, err := c.store.SessionOfficer(c.ctx(), token); err != nil || o.ID != id || got != csrf ||
			o.Login != "counter" {
			t.Errorf("%+v, %q, %v", o, got, err)
		}
		if n := c.count("sessions", "token = '"+token+"'"); n != 0 {
			t.Error("the token lies in the clear")
		}
		gone := func(why string) {
			t.Helper()
			if _, _, err := c.store.SessionOfficer(c.ctx(), token); !errors.Is(err, org.ErrNoSession) {
				t.Errorf("%s: %v", why, err)
			}
		}
		again := func() {
			t.Helper()
			if token, _, _, err = c.store.NewSession(c.ctx(), id, time.Hour); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.clock.Set(expires)
		gone("run out")
		now := c.clock.Now()
		_ = c.clock.Set(now.Add(400 * 24 * time.Hour)) // a wrong clock
		again()
		_ = c.clock.Set(now)
		gone("created under a wrong clock")
		_ = c.clock.Set(now.Add(4 * time.Minute)) // another machine, a little ahead
		again()
		_ = c.clock.Set(now)
		if _, _, err := c.store.SessionOfficer(c.ctx(), token); err != nil {
			t.Errorf("created by a clock a little ahead: %v", err)
		}
		again()
		if err := c.store.EndSession(c.ctx(), token); err != nil {
			t.Fatal(err)
		}
		gone("ended")
		again()
		if _, err := c.store.ResetPassword(c.ctx(), org.Administrator{Command: "root"}, "counter", "another password",
			false); err != nil {
			t.Fatal(err)
		}
		gone("password reset")
		again()
		if err := c.store.DisableOfficer(c.ctx(), org.Administrator{Command: "root"}, "counter"); err != nil {
			t.Fatal(err)
		}
		gone("disabled")
		if err := c.store.DisableOfficer(c.ctx(), org.Administrator{Command: "root"}, "nobody"); !errors.Is(err,
			workflow.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
		if _, err := c.store.AddOfficer(c.ctx(),
			org.NewOfficer{Login: "group", Name: "马九", Role: glossary.TownshipHead, Kind: glossary.TownshipGovernment,
				Division: "140824100000", Hash: "x"}); !errors.Is(err, org.ErrTaken) {
			t.Errorf("a login twice: %v", err)
		}
		if _, err := c.store.AddOfficer(c.ctx(),
			org.NewOfficer{Login: "majiu", Name: "马九", Role: glossary.TownshipHead, Kind: glossary.TownshipGovernment,
				Division: "140824999000", Hash: "x"}); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("an office that is not there: %v", err)
		}
	})
}

func TestLoadingTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		before := c.count("divisions", "")*1000000 + c.count("offices", "")*1000 + c.count("holiday_years", "") +
			c.count("calendar_versions", "")
		years, err := seeds.Holidays()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.store.ImportYears(c.ctx(), 0, years); err != nil {
			t.Fatal(err)
		}
		if err := c.store.AddOffices(c.ctx(), []org.Office{{Kind: glossary.TownshipGovernment, Division: "140824100000",
			Name: "稷峰镇人民政府"}}); err != nil {
			t.Fatal(err)
		}
		if after := c.count("divisions", "")*1000000 + c.count("offices", "")*1000 + c.count("holiday_years", "") +
			c.count("calendar_versions", ""); after != before {
			t.Errorf("%d, then %d", before, after)
		}
		set, err := c.store.County(c.ctx())
		if err != nil || set.Calendar.Version() != 1 || len(set.Calendar.Years()) != len(years) ||
			set.Parameters.Mandate.Number == "" {
			t.Errorf("county %+v, %v", set, err)
		}
		years[0].Notice = "改动"
		if err := c.store.ImportYears(c.ctx(), 0, years[:1]); err != nil {
			t.Fatal(err)
		}
		set, err = c.store.County(c.ctx())
		if err != nil || set.Calendar.Version() != 2 || len(set.Calendar.Years()) != len(years) ||
			set.Calendar.Years()[0].Notice != "改动" {
			t.Errorf("after a revision: version %d, %v", set.Calendar.Version(), err)
		}
	})
}

// The cost of a password stands in its stored form: an account with a password of another cost logs in.
func TestStoredPasswordNamesItsCost(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		const atOtherCost = "$argon2id$v=19$m=8,t=1,p=1$YW5qdS1kZW1vLXRlc3RzIQ$m5wueAQGiNsxBahSlDarNArXaronjeew51p448PjQwA"
		try := func(login, stored, password string) error {
			t.Helper()
			if _, err := c.store.AddOfficer(c.ctx(), org.NewOfficer{Login: login, Name: "某人", Role: glossary.VillageClerk,
				Kind: glossary.VillageOrganization, Division: at(glossary.VillageOrganization), Hash: stored}); err != nil {
				t.Fatal(err)
			}
			_, err := c.store.Authenticate(c.ctx(), login, password, "10.0.0."+login[5:], "", c.clock.Now())
			return err
		}
		if err := try("clerk1", atOtherCost, seeds.DemoPassword); err != nil {
			t.Errorf("stored at another cost: %v", err)
		}
		if err := try("clerk2", atOtherCost, "another"); !errors.Is(err, org.ErrBadLogin) {
			t.Errorf("another password: %v", err)
		}
		for login, damaged := range map[string]string{"clerk3": "x", "clerk4": "$argon2id$v=19$m=8,t=1,p=1$YW5q",
			"clerk5": strings.Replace(atOtherCost, "m=8", "m=99999999", 1),
			"clerk6": strings.Replace(atOtherCost, "t=1", "t=0", 1),
			"clerk7": strings.Replace(atOtherCost, "p=1", "p=0", 1), "clerk8": atOtherCost + "A"} {
			if err := try(login, damaged, seeds.DemoPassword); err == nil || errors.Is(err, org.ErrBadLogin) {
				t.Errorf("%s: %v", damaged, err)
			}
		}
	})
}

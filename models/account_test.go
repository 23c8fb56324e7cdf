package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
)

var byRoot = org.Administrator{Command: "root"}

// at names an office of every kind, by the division at which one stands.
func at(kind glossary.Party) string {
	switch kind.Level() {
	case glossary.GroupLevel:
		return "14082410021401"
	case glossary.VillageLevel:
		return "140824100214"
	case glossary.TownshipLevel:
		return "140824100000"
	}
	return "140824000000"
}

var kinds = []glossary.Party{glossary.GroupCollective, glossary.VillageOrganization, glossary.ServiceCenter,
	glossary.EconomicOffice, glossary.SocialAffairsOffice,
	glossary.PlanningOffice, glossary.TownshipGovernment, glossary.MarketStation, glossary.CountyAgricultureBureau,
	glossary.CountyNaturalResources,
	glossary.CountyHousingBureau, glossary.CountyApprovalBureau, glossary.CountyMarketBureau, glossary.SupervisionOffice,
	glossary.CountyGovernment,
	glossary.Administration}

// Every role × every kind of office: an account is made where the table has the role, and nowhere else.
func TestAccountsAreMadeWhereTheirRoleStands(t *testing.T) { // security H4
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		for i, r := range glossary.Roles() {
			for j, k := range kinds {
				n := org.NewOfficer{Login: fmt.Sprintf("new%d.%d.", i, j), Name: "某人", Role: r, Kind: k, Division: at(k), Hash: "x"}
				_, added := c.store.AddOfficer(c.ctx(), n)
				n.Login += "2"
				_, opened := c.store.OpenAccount(c.ctx(), byRoot, n)
				for how, err := range map[string]error{"added": added, "opened": opened} {
					if r.At(k) && err != nil {
						t.Errorf("%s at %s is not %s: %v", r, k, how, err)
					} else if !r.At(k) {
						invalid(t, err, "role", "岗位")
					}
				}
			}
		}
		if n := c.count("officers", "role = 'auditor' AND office_id IN (SELECT id FROM offices WHERE kind <> "+
			"'administration')"); n != 0 {
			t.Errorf("%d auditors sit elsewhere", n)
		}
	})
}

func TestTheThreeAdministratorsAreThreePersons(t *testing.T) { // security H4
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		const person, other = "140824198810099834", "140824199111109938"
		open := func(login string, r glossary.Role, k glossary.Party, id string) error {
			_, err := c.store.OpenAccount(c.ctx(), byRoot,
				org.NewOfficer{Login: login, Name: login, Role: r, Kind: k, Division: at(k), Hash: "x", IDNumber: id})
			return err
		}
		if err := open("one", glossary.SystemAdmin, glossary.Administration, person); err != nil {
			t.Fatal(err)
		}
		for i, r := range []glossary.Role{glossary.SystemAdmin, glossary.SecurityAdmin, glossary.AuditAdmin,
			glossary.Auditor} {
			invalid(t, open("two", r, glossary.Administration, person), "id_number", "不能兼任")
			if i == 0 {
				invalid(t, open("two", glossary.WindowClerk, glossary.ServiceCenter, person), "id_number", "不能兼任")
			}
		}
		for i, k := range []glossary.Party{glossary.ServiceCenter,
			glossary.VillageOrganization} { // two desks, both handling cases
			if err := open([]string{"desk.a", "desk.b"}[i], []glossary.Role{glossary.WindowClerk, glossary.VillageClerk}[i], k,
				other); err != nil {
				t.Errorf("one person at two desks: %v", err)
			}
		}
		invalid(t, open("two", glossary.AuditAdmin, glossary.Administration, other), "id_number", "不能兼任")
		if err := c.store.DisableOfficer(c.ctx(), byRoot, "one"); err != nil {
			t.Fatal(err)
		}
		if err := open("two", glossary.SecurityAdmin, glossary.Administration, person); err != nil {
			t.Errorf("after the first was closed: %v", err)
		}
		_, err := c.store.ResetPassword(c.ctx(), byRoot, "one", "a password of mine", true)
		invalid(t, err, "id_number", "不能兼任")
	})
}

func TestAOneTimePasswordOpensOneSession(t *testing.T) { // security H4
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		n := org.NewOfficer{Login: "zhao", Name: "赵", Role: glossary.WindowClerk, Kind: glossary.ServiceCenter,
			Division: at(glossary.ServiceCenter),
			Password: "first password", OneTime: true}
		if waits, err := c.store.OpenAccount(c.ctx(), org.Administrator{Officer: c.officer("security")}, n); err != nil ||
			waits {
			t.Fatalf("opened: %v, %v", waits, err)
		}
		session := func() (org.Officer, error) {
			token, _, _, err := c.store.NewSession(c.ctx(), c.officer("zhao"), time.Hour)
			if err != nil {
				return org.Officer{}, err
			}
			o, _, err := c.store.SessionOfficer(c.ctx(), token)
			return o, err
		}
		if o, err := session(); err != nil || !o.MustChange {
			t.Fatalf("the first session: %+v, %v", o, err)
		}
		if _, err := session(); !errors.Is(err, org.ErrSpent) {
			t.Errorf("a second session: %v", err)
		}
		invalid(t, c.store.ChangePassword(c.ctx(), c.officer("zhao"), "first password"), "new_password", "换一个")
		if err := c.store.ChangePassword(c.ctx(), c.officer("zhao"), "a password of mine"); err != nil {
			t.Fatal(err)
		}
		if n := c.count("sessions", ""); n != 0 {
			t.Errorf("%d sessions go on", n)
		}
		for range 2 {
			if o, err := session(); err != nil || o.MustChange {
				t.Errorf("after the change: %+v, %v", o, err)
			}
		}
		if _, err := c.store.ResetPassword(c.ctx(), byRoot, "zhao", "second password", true); err != nil {
			t.Fatal(err)
		}
		if n := c.count("sessions", ""); n != 0 {
			t.Errorf("%d sessions outlive the reset", n)
		}
		_ = c.clock.Set(c.clock.Now().Add(72 * time.Hour))
		if _, err := session(); !errors.Is(err, org.ErrSpent) {
			t.Errorf("after 72 hours: %v", err)
		}
		told, err := c.store.AccountNotices(c.ctx(), c.officer("counter"))
		if err != nil || len(told) != 1 || told[0].Login != "zhao" || told[0].AskedName != "系统（命令行，用户 root）" {
			t.Errorf("the office is told: %+v, %v", told, err)
		}
		if told, err := c.store.AccountNotices(c.ctx(), c.officer("counter2")); err != nil || len(told) != 0 {
			t.Errorf("another office is told: %+v, %v", told, err)
		}
		_ = c.clock.Set(c.clock.Now().Add(5 * 24 * time.Hour))
		if told, err := c.store.AccountNotices(c.ctx(), c.officer("counter")); err != nil || len(told) != 0 {
			t.Errorf("after seven days: %+v, %v", told, err)
		}
	})
}

// Accounts of every role but the window clerk's are opened, reset and enabled by two.
func TestTheSecondAdministrator(t *testing.T) { // security H4
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		security := org.Administrator{Officer: c.officer("security")}
		waiting := func() org.AccountChange {
			t.Helper()
			list, err := c.store.AccountChanges(c.ctx())
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v wait, %v", list, err)
			}
			return list[0]
		}
		clerk := org.NewOfficer{Login: "clerk", Name: "马小兵", Role: glossary.VillageClerk, Kind: glossary.VillageOrganization,
			Division: at(glossary.VillageOrganization), Hash: "x"}
		if _, err := c.store.AddOfficer(c.ctx(), clerk); err != nil { // the demo county has none
			t.Fatal(err)
		}
		people, err := c.store.Officers(c.ctx())
		if err != nil {
			t.Fatal(err)
		}
		some := map[glossary.Role]string{}
		for _, o := range people {
			some[o.Role] = o.Login
		}
		for _, r := range glossary.Roles() {
			login := some[r]
			if login == "" {
				t.Fatalf("nobody is %s", r)
			}
			if r == glossary.WindowClerk || r == glossary.SecurityAdmin {
				continue // below
			}
			token, _, _, err := c.store.NewSession(c.ctx(), c.officer(login), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			before := c.password(login)
			if waits, err := c.store.ResetPassword(c.ctx(), security, login, "taken by security", true); err != nil || !waits {
				t.Fatalf("%s: waits %v, %v", login, waits, err)
			}
			if _, _, err := c.store.SessionOfficer(c.ctx(), token); err != nil || c.password(login) != before {
				t.Errorf("%s was changed by one alone: %v", login, err)
			}
			if _, err := c.store.ResetPassword(c.ctx(), security, login, "taken by security", true); !errors.Is(err,
				workflow.ErrStale) {
				t.Errorf("%s is asked for twice: %v", login, err)
			}
			id := waiting().ID
			for _, by := range []string{"security", login, "counter", "auditor"} {
				if _, err := c.store.ConfirmAccount(c.ctx(), c.officer(by), id, "confirmed password"); !errors.Is(err,
					org.ErrSamePerson) {
					t.Errorf("%s confirmed by %s: %v", login, by, err)
				}
			}
			second := "audit"
			if login == "audit" {
				second = "admin"
			}
			if got, err := c.store.ConfirmAccount(c.ctx(), c.officer(second), id, "confirmed password"); err != nil ||
				got != login {
				t.Fatalf("%s confirmed by %s: %q, %v", login, second, got, err)
			}
			if _, err := c.store.ConfirmAccount(c.ctx(), c.officer(second), id, "confirmed again"); !errors.Is(err,
				workflow.ErrStale) {
				t.Errorf("%s confirmed twice: %v", login, err)
			}
			if _, _, err := c.store.SessionOfficer(c.ctx(), token); !errors.Is(err, org.ErrNoSession) ||
				c.password(login) == before {
				t.Errorf("%s after the confirmation: %v", login, err)
			}
			told, err := c.store.AccountNotices(c.ctx(), c.officer(login))
			if err != nil || len(told) == 0 || told[0].Login != login || told[0].AskedName != "曹安民" ||
				told[0].SettledName == "" {
				t.Errorf("%s is told %+v, %v", login, told, err)
			}
		}
		// opened by one alone, an account of any of these roles stays closed
		for i, r := range glossary.Roles() {
			k := kinds[slices.IndexFunc(kinds, r.At)]
			n := org.NewOfficer{Login: fmt.Sprintf("fresh%d", i), Name: "新人", Role: r, Kind: k, Division: at(k),
				Password: "of his own making"}
			waits, err := c.store.OpenAccount(c.ctx(), security, n)
			if alone := r == glossary.WindowClerk; err != nil || waits == alone ||
				(c.count("officers", "active AND login = '"+n.Login+"'") == 1) != alone {
				t.Errorf("%s: waits %v, %v", r, waits, err)
			}
			if err := c.store.DisableOfficer(c.ctx(), byRoot, n.Login); err != nil {
				t.Fatal(err)
			}
			if r != glossary.WindowClerk { // nor is it enabled by one
				if waits, err := c.store.ResetPassword(c.ctx(), security, n.Login, "taken by security", true); err != nil ||
					!waits ||
					c.count("officers", "active AND login = '"+n.Login+"'") != 0 {
					t.Errorf("%s is enabled: waits %v, %v", r, waits, err)
				}
				if err := c.store.RefuseAccount(c.ctx(), security.Officer, waiting().ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		n := org.NewOfficer{Login: "second", Name: "第二人", Role: glossary.SecurityAdmin, Kind: glossary.Administration,
			Division: at(glossary.Administration), Password: "of his own making"}
		if waits, err := c.store.OpenAccount(c.ctx(), security, n); err != nil || !waits ||
			c.count("officers", "login = 'second' AND active") != 0 {
			t.Fatalf("a second security administrator: waits %v, %v", waits, err)
		}
		if err := c.store.RefuseAccount(c.ctx(), c.officer("audit"), waiting().ID); err != nil {
			t.Fatal(err)
		}
		if c.count("account_changes", "outcome = ''") != 0 || c.count("officers", "login = 'second' AND active") != 0 {
			t.Error("what was refused waits, or is done")
		}
		// what is closed while it waits is not opened by a late confirmation
		if _, err := c.store.ResetPassword(c.ctx(), security, "second", "x", true); err != nil {
			t.Fatal(err)
		}
		id := waiting().ID
		if err := c.store.DisableOfficer(c.ctx(), security, "second"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.store.ConfirmAccount(c.ctx(), c.officer("audit"), id, "late"); !errors.Is(err, workflow.ErrStale) {
			t.Errorf("confirmed after it was closed: %v", err)
		}
		// a clerk's password is one administrator's matter
		if waits, err := c.store.ResetPassword(c.ctx(), security, "counter", "one-time password", true); err != nil || waits {
			t.Errorf("the counter: waits %v, %v", waits, err)
		}
	})
}

// A login has one writing and a name one form, by every way in.
func TestLoginsAndNamesHaveOneForm(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		ways := map[string]func(org.NewOfficer) error{
			"added": func(n org.NewOfficer) error { _, err := c.store.AddOfficer(c.ctx(), n); return err },
			"by the page": func(n org.NewOfficer) error {
				_, err := c.store.OpenAccount(c.ctx(), org.Administrator{Officer: c.officer("security")}, n)
				return err
			},
			"by a command": func(n org.NewOfficer) error { _, err := c.store.OpenAccount(c.ctx(), byRoot, n); return err },
		}
		i := 0
		for way, do := range ways {
			n := org.NewOfficer{Name: "马九", Role: glossary.WindowClerk, Kind: glossary.ServiceCenter,
				Division: at(glossary.ServiceCenter), Hash: "x"}
			for _, login := range []string{"", "ma", "Counter", "COUNTER", "9ma", "ma jiu", "ma\u200bjiu", "mа.jiu", "majiu\n",
				strings.Repeat("m", 41)} {
				n.Login = login
				before := c.count("officers", "")
				invalid(t, do(n), "login", "小写字母")
				if c.count("officers", "") != before {
					t.Errorf("%q was %s", login, way)
				}
			}
			i++
			n.Login = fmt.Sprintf("majiu%d", i)
			for _, name := range []string{"马\u202e三", "马\u2066三", "马\ufeff三", "马\ufffd三", "马\n三", "马\t三", "马\x00三", "马\xff"} {
				n.Name = name
				invalid(t, do(n), "name", "字符")
			}
			for _, name := range []string{"", " ", "\u200b", strings.Repeat("马", 51)} {
				n.Name = name
				invalid(t, do(n), "name", "请填写姓名")
			}
			n.Name = " 马\u200b 九 "
			if err := do(n); err != nil || c.count("officers", "login = '"+n.Login+"' AND name = '马九'") != 1 {
				t.Errorf("%s under another name: %v", way, err)
			}
		}
	})
}

// One administrator of each role is left, whatever the security administrator does alone; a command may end the last.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		security := org.Administrator{Officer: c.officer("security")}
		for login, role := range map[string]glossary.Role{"admin": glossary.SystemAdmin, "audit": glossary.AuditAdmin,
			"security": glossary.SecurityAdmin} {
			second := org.NewOfficer{Login: login + "2", Name: "第二人", Role: role, Kind: glossary.Administration,
				Division: at(glossary.Administration),
				Hash:     org.HashPassword("x"), OneTime: true}
			if _, err := c.store.AddOfficer(c.ctx(), second); err != nil {
				t.Fatal(err)
			}
			invalid(t, c.store.DisableOfficer(c.ctx(), security, login), "login", "只剩这一个账号") // the second has not logged in yet
			if err := c.store.ChangePassword(c.ctx(), c.officer(login+"2"), "a password of mine"); err != nil {
				t.Fatal(err)
			}
			given := 0
			for _, err := range atOnce(2, func(i int) error {
				return c.store.DisableOfficer(c.ctx(), org.Administrator{Officer: c.officer("auditor")},
					[]string{login, login + "2"}[i])
			}) {
				if err == nil {
					given++
				} else {
					invalid(t, err, "login", "只剩这一个账号")
				}
			}
			if given != 1 || c.count("officers", "active AND role = '"+string(role)+"'") != 1 {
				t.Errorf("%d of the two of %s were disabled", given, role)
			}
		}
		if err := c.store.DisableOfficer(c.ctx(), byRoot, "audit"); err != nil {
			t.Errorf("by a command: %v", err)
		}
		if err := c.store.DisableOfficer(c.ctx(), byRoot, "audit2"); err != nil ||
			c.count("officers", "active AND role = 'audit_admin'") != 0 {
			t.Errorf("the last by a command: %v", err)
		}
		if c.count("administration", "what = '停用账号' AND subject LIKE 'audit%' AND officer_id IS NULL") != 2 {
			t.Error("the log lacks the command")
		}
	})
}

// Two who confirm at once give one password.
func TestAChangeIsConfirmedOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		if _, err := c.store.ResetPassword(c.ctx(), org.Administrator{Officer: c.officer("security")}, "township", "x",
			true); err != nil {
			t.Fatal(err)
		}
		list, err := c.store.AccountChanges(c.ctx())
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		people := []workflow.OfficerID{c.officer("audit"), c.officer("admin")}
		given := 0
		for _, err := range atOnce(2, func(i int) error {
			_, err := c.store.ConfirmAccount(c.ctx(), people[i], list[0].ID, "a password")
			return err
		}) {
			if err == nil {
				given++
			} else if !errors.Is(err, workflow.ErrStale) {
				t.Error(err)
			}
		}
		if given != 1 {
			t.Errorf("%d passwords were given", given)
		}
	})
}

// Commands stand in the log of the administration under the name of the system's user.
func TestCommandsAreInTheLog(t *testing.T) { // offices X12
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		n := org.NewOfficer{Login: "zhao", Name: "赵", Role: glossary.WindowClerk, Kind: glossary.ServiceCenter,
			Division: at(glossary.ServiceCenter), Hash: "x"}
		_, err := c.store.OpenAccount(c.ctx(), byRoot, n)
		if err == nil {
			_, err = c.store.ResetPassword(c.ctx(), byRoot, "township", "a password", true)
		}
		if err == nil {
			err = c.store.DisableOfficer(c.ctx(), byRoot, "zhao")
		}
		if err == nil {
			err = c.store.NoteAct(c.ctx(), org.Act{By: org.Administrator{Command: "root"}, What: "导入工作日历", Subject: "第 2 版"})
		}
		if err == nil {
			err = c.store.NoteAct(c.ctx(), org.Act{By: org.Administrator{Officer: c.officer("admin")}, What: "改单位名称",
				Subject: "x"})
		}
		if err != nil {
			t.Fatal(err)
		}
		acts, total, err := c.store.AdminActs(c.ctx(), 1, 20)
		var said []string
		for _, a := range acts {
			said = append(said, a.Officer+" "+a.What+" "+a.Subject)
		}
		const by = "系统（命令行，用户 root） "
		want := []string{"秦守义 改单位名称 x", by + "导入工作日历 第 2 版", by + "停用账号 zhao", by + "重置密码 township", by + "开通账号：窗口受理员 zhao"}
		if err != nil || total != 5 || strings.Join(said, "；") != strings.Join(want, "；") {
			t.Errorf("%d lines, %v:\n%s", total, err, strings.Join(said, "\n"))
		}
		if _, err := c.db.Pool().ExecContext(c.ctx(), "DELETE FROM administration"); err == nil {
			t.Error("the log can be emptied")
		}
	})
}

// Nobody reveals the numbers of his own household.
func TestRevealIsRefusedToARelative(t *testing.T) { // security M9
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.household("counter", "王某", "110105194912310018", "13800001234")
		if _, err := c.store.AddOfficer(c.ctx(),
			org.NewOfficer{Login: "own", Name: "王某", Role: glossary.WindowClerk, Kind: glossary.ServiceCenter,
				Division: at(glossary.ServiceCenter), Hash: "x", IDNumber: "110105194912310018"}); err != nil {
			t.Fatal(err)
		}
		if number, _, err := c.store.RevealPerson(c.ctx(), c.officer("own"), id, 0, "核对材料"); !errors.Is(err,
			workflow.ErrRecused) || number != "" {
			t.Errorf("a relative reads %q: %v", number, err)
		}
		if number, _, err := c.store.RevealPerson(c.ctx(), c.officer("counter"), id, 0, "核对材料"); err != nil ||
			number != "110105194912310018" {
			t.Errorf("another reads %q: %v", number, err)
		}
	})
}

// password is the stored form of an account's password.
func (c *county) password(login string) string {
	c.t.Helper()
	var p string
	if err := c.db.Pool().QueryRowContext(c.ctx(), "SELECT password FROM officers WHERE login = '"+login+
		"'").Scan(&p); err != nil {
		c.t.Fatal(err)
	}
	return p
}

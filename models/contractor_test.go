package models_test

import (
	"errors"
	"reflect"
	"testing"

	"anju/models/households"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/law/lawtest"
	"anju/workflow/trades"
)

// builder is a company that may be registered.
func builder() trades.Contractor {
	return trades.Contractor{Code: "91140824MA0ANJU11K", Kind: trades.ContractorOrg, Name: "稷山县同心建筑专业合作社", Work: []trades.Work{trades.Build},
		Basis: "rural_cooperative", Qualification: "专业合作社", From: calendar.Date(2026, 1, 1), To: calendar.Date(2026, 12, 31)}
}

func TestTheRegisterOfContractors(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		bureau := c.people[glossary.CountyHousingBureau]
		demo := len(seeds.DemoContractors())
		give := builder()
		give.Work = []trades.Work{trades.Supervise, trades.Build, trades.Build}
		created, err := c.store.RegisterContractor(c.ctx(), bureau, give)
		if err != nil || !created {
			t.Fatal(created, err)
		}
		give.Work = []trades.Work{trades.Build, trades.Supervise}
		held := func() trades.Contractor {
			t.Helper()
			set, err := c.store.County(c.ctx())
			if err != nil {
				t.Fatal(err)
			}
			return set.Contractors[give.Code]
		}
		if got := held(); !reflect.DeepEqual(got, give) {
			t.Errorf("the county holds %+v", got)
		}
		lines := c.count("contractor_lines", "code = '"+give.Code+"'")
		if created, err = c.store.RegisterContractor(c.ctx(), bureau, give); err != nil || created || c.count("contractor_lines", "code = '"+give.Code+"'") != lines {
			t.Errorf("the same again: %v, %v", created, err)
		}
		// its qualification is renewed
		give.To = 0
		if created, err = c.store.RegisterContractor(c.ctx(), bureau, give); err != nil || created || held().To != 0 {
			t.Errorf("renewed: %v, %v, %+v", created, err, held())
		}
		// it is struck, takes no work, and comes back
		invalid(t, c.store.StrikeContractor(c.ctx(), bureau, give.Code, " "), "reason", "理由")
		if err := c.store.StrikeContractor(c.ctx(), bureau, give.Code, "转包工程"); err != nil {
			t.Fatal(err)
		}
		if got := held(); got.Struck != "转包工程" || got.Refuses(trades.Build, give.From) == "" {
			t.Errorf("struck: %+v", got)
		}
		invalid(t, c.store.StrikeContractor(c.ctx(), bureau, give.Code, "again"), "code", "已从名录中除名")
		_, err = c.store.RegisterContractor(c.ctx(), bureau, give)
		invalid(t, err, "code", "请先恢复")
		if err := c.store.RestoreContractor(c.ctx(), bureau, give.Code, "查明不实"); err != nil || held().Struck != "" {
			t.Errorf("restored: %v, %+v", err, held())
		}
		invalid(t, c.store.RestoreContractor(c.ctx(), bureau, give.Code, "again"), "code", "没有被除名")
		if err := c.store.StrikeContractor(c.ctx(), bureau, "nobody", "x"); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("of nobody: %v", err)
		}
		for _, what := range []string{"register", "change", "strike", "restore"} {
			if n := c.count("contractor_lines", "code = '"+give.Code+"' AND what = '"+what+"'"); n != 1 {
				t.Errorf("%d lines of %s", n, what)
			}
		}
		yes, no := true, false
		for name, q := range map[string]struct {
			households.ContractorQuery
			want int
		}{
			"all":              {households.ContractorQuery{}, demo + 1},
			"who design":       {households.ContractorQuery{Work: trades.Design}, 3},
			"who are struck":   {households.ContractorQuery{Struck: &yes}, 2},
			"who stand":        {households.ContractorQuery{Struck: &no}, demo - 1},
			"part of a name":   {households.ContractorQuery{Query: "同心"}, 1},
			"part of a code":   {households.ContractorQuery{Query: "ANJU02"}, 1},
			"a sign of LIKE":   {households.ContractorQuery{Query: "%"}, 0},
			"a work of nobody": {households.ContractorQuery{Work: "%"}, 0},
		} {
			if list, total, err := c.store.Contractors(c.ctx(), q.ContractorQuery); err != nil || total != q.want || len(list) != q.want {
				t.Errorf("%s: %d of %d, %v; want %d", name, len(list), total, err, q.want)
			}
		}
		if list, total, err := c.store.Contractors(c.ctx(), households.ContractorQuery{Page: 2, PerPage: 4}); err != nil || total != demo+1 || len(list) != 4 {
			t.Errorf("the second page: %d of %d, %v", len(list), total, err)
		}
		// loading the demo county again changes nothing
		lines = c.count("contractor_lines", "")
		if _, err := seeds.LoadDemo(c.ctx(), c.store); err != nil || c.count("contractor_lines", "") != lines || c.count("contractors", "") != demo+1 {
			t.Errorf("loaded twice: %v", err)
		}
	})
}

func TestWhoMayNotBeRegistered(t *testing.T) {
	lawtest.Claim(t, "R9", "R10", "A18", "A27")
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		person := trades.Contractor{Code: "JS-2026-0001", Kind: trades.ContractorPerson, Name: "张木匠", Work: []trades.Work{trades.Design}, Basis: "rural_craftsman",
			From: calendar.Date(2026, 1, 1)}
		for name, tt := range map[string]struct {
			of          trades.Contractor
			change      func(*trades.Contractor)
			field, part string
			rule        law.Rule
		}{
			"a person who builds":          {person, func(x *trades.Contractor) { x.Work = append(x.Work, trades.Build) }, "work", "不能承揽施工", "A18"},
			"a person who appraises":       {person, func(x *trades.Contractor) { x.Work = []trades.Work{trades.Appraise} }, "work", "鉴定机构", "A27"},
			"a person on a company's base": {person, func(x *trades.Contractor) { x.Basis = "rural_company" }, "basis", "rural_craftsman", "R9"},
			"a person without a number":    {person, func(x *trades.Contractor) { x.Code = "a/b c" }, "code", "证书编号", "R10"},
			"a company that appraises":     {builder(), func(x *trades.Contractor) { x.Work = append(x.Work, trades.Appraise) }, "work", "鉴定机构", "A27"},
			"a code that is none":          {builder(), func(x *trades.Contractor) { x.Code = "91140824MA0ANJU110" }, "code", "校验位", "R9"},
			"no work":                      {builder(), func(x *trades.Contractor) { x.Work = nil }, "work", "至少", "R9"},
			"a work that is none":          {builder(), func(x *trades.Contractor) { x.Work = []trades.Work{"paint"} }, "work", "只能是", "R9"},
			"a name that turns":            {builder(), func(x *trades.Contractor) { x.Name = "稷山\u202e建筑" }, "name", "字符", "R9"},
			"no name":                      {builder(), func(x *trades.Contractor) { x.Name = " " }, "name", "名称", "R9"},
			"no kind":                      {builder(), func(x *trades.Contractor) { x.Kind = "gang" }, "kind", "contractor_org", "R9"},
			"an end before the beginning":  {builder(), func(x *trades.Contractor) { x.To = x.From - 1 }, "to", "不能早于", "R9"},
			"no beginning":                 {builder(), func(x *trades.Contractor) { x.From = 0 }, "from", "首日", "R9"},
			"another kind under its code": {builder(), func(x *trades.Contractor) {
				x.Code, x.Kind, x.Work, x.Basis = "91140824MA0ANJU01J", trades.AppraisalAgency, []trades.Work{trades.Appraise}, "appraisal_unit"
			}, "kind", "类型不能更改", "R9"},
		} {
			give := tt.of
			tt.change(&give)
			_, err := c.store.RegisterContractor(c.ctx(), 0, give)
			invalid(t, err, tt.field, tt.part)
			var bad *workflow.Invalid
			if errors.As(err, &bad) && bad.Fields[0].Rule != tt.rule {
				t.Errorf("%s: by rule %s, want %s", name, bad.Fields[0].Rule, tt.rule)
			}
		}
		if n := c.count("contractors", ""); n != len(seeds.DemoContractors()) {
			t.Errorf("%d are registered", n)
		}
	})
}

func TestTheLogOfTheRegisterIsOnlyAddedTo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		forbidden := []string{"UPDATE contractor_lines SET data = 'x'", "DELETE FROM contractor_lines"}
		if c.db.Dialect() == "sqlite" {
			forbidden = append(forbidden, "INSERT OR REPLACE INTO contractor_lines SELECT * FROM contractor_lines")
		} else {
			forbidden = append(forbidden, "TRUNCATE contractor_lines", "TRUNCATE contractors CASCADE")
		}
		for _, q := range forbidden {
			if _, err := c.db.Pool().ExecContext(c.ctx(), q); err == nil {
				t.Errorf("%s: allowed", q)
			}
		}
		// and the table itself keeps a person from building (A18)
		if _, err := c.db.Pool().ExecContext(c.ctx(), `UPDATE contractors SET work = '["build"]' WHERE kind = 'contractor_person'`); err == nil {
			t.Error("a person builds")
		}
	})
}

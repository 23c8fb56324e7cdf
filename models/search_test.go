package models_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"anju/models/cases"
	"anju/models/households"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// household enters a household of 马村 as the officer does.
func (c *county) household(by, name, idNumber, phone string, members ...forms.Member) workflow.HouseholdID {
	c.t.Helper()
	h := workflowHousehold()
	if by == "counter2" {
		h.Division = "140824103206"
	}
	h.Householder.Name, h.Householder.IDNumber, h.Householder.Phone, h.Members = name, idNumber, phone, members
	id, created, err := c.store.SaveHousehold(c.ctx(), c.officer(by), h)
	if err != nil || !created {
		c.t.Fatalf("household of %s: created %t, %v", name, created, err)
	}
	return id
}

func idsOf(hits []households.HouseholdHit) []workflow.HouseholdID {
	var ids []workflow.HouseholdID
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestHouseholdsAreFoundByWhatIsTyped(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter := c.officer("counter")
		shan := c.household("counter", "单雄信", "110105194912310018", "139-0000-7711", forms.Member{Name: "查小鱼儿", Relation: "配偶", IDNumber: "110105194912310026"},
			forms.Member{Name: "吕绿", Relation: "女", IDNumber: "110105194912310034"})
		qiu := c.household("counter", "仇䶮", "110105194912310042", "")
		dot := c.household("counter", "阿不都·热西提", "110105194912310050", "13900008822", forms.Member{Name: "𠅤𬭎", Relation: "子", IDNumber: "11010519491231002X"})
		yuchi := c.household("counter", "尉迟解曾", "110105194912310069", "")
		away := c.household("counter2", "单雄信", "110105194912310077", "13900007711")
		for _, tt := range []struct {
			q    string
			want []workflow.HouseholdID
		}{
			{"雄信", []workflow.HouseholdID{shan}}, {" 单雄 ", []workflow.HouseholdID{shan}}, {"小鱼", []workflow.HouseholdID{shan}},
			{"shanxiongxin", []workflow.HouseholdID{shan}}, {"Shan Xiong'xin", []workflow.HouseholdID{shan}}, {"ｓｈａｎｘｉｏｎｇ", []workflow.HouseholdID{shan}},
			{"danxiongxin", []workflow.HouseholdID{shan}}, {"sxx", []workflow.HouseholdID{shan}}, {"dxx", []workflow.HouseholdID{shan}},
			{"zhaxiaoyu", []workflow.HouseholdID{shan}}, {"chaxiao", []workflow.HouseholdID{shan}}, {"zxye", []workflow.HouseholdID{shan}},
			{"lvlv", []workflow.HouseholdID{shan}}, {"lülü", []workflow.HouseholdID{shan}}, {"lyulyu", []workflow.HouseholdID{shan}},
			{"xiongxin", nil}, {"shanxiongxinx", nil}, {"hanxiong", nil},
			{"qiuyan", []workflow.HouseholdID{qiu}}, {"chouyan", []workflow.HouseholdID{qiu}}, {"qy", []workflow.HouseholdID{qiu}}, {"䶮", nil}, // one of the demo too: below
			{"阿不都·热", []workflow.HouseholdID{dot}}, {"阿不都.热西提", []workflow.HouseholdID{dot}}, {"都•热", []workflow.HouseholdID{dot}}, {"·", []workflow.HouseholdID{dot}},
			{"abudurexiti", []workflow.HouseholdID{dot}}, {"abdrxt", []workflow.HouseholdID{dot}},
			{"𠅤", []workflow.HouseholdID{dot}}, {"xihong", []workflow.HouseholdID{dot}},
			{"yuchixiezeng", []workflow.HouseholdID{yuchi}}, {"yuchijieceng", []workflow.HouseholdID{yuchi}}, {"weichi", []workflow.HouseholdID{yuchi}}, {"尉迟", []workflow.HouseholdID{yuchi}},
			{"11010519491231002x", []workflow.HouseholdID{dot}}, {"１１０１０５１９４９１２３１００２Ｘ", []workflow.HouseholdID{dot}}, {"110105 19491231 0018", []workflow.HouseholdID{shan}},
			{"110105491231002", []workflow.HouseholdID{dot}}, // the number of 15 digits that became …002X
			{"002x", []workflow.HouseholdID{dot}}, {"００２Ｘ", []workflow.HouseholdID{dot}}, {"0026", []workflow.HouseholdID{shan}},
			{"7711", []workflow.HouseholdID{shan}}, {"8822", []workflow.HouseholdID{dot}}, {"711", nil}, {"02x", nil}, {"110105194912310077", nil}, {"0077", nil},
			{fmt.Sprint(qiu), []workflow.HouseholdID{qiu}}, {fmt.Sprint(away), nil},
			{"", nil}, {"  ", nil}, {"%", nil}, {"_", nil}, {"' OR 1=1 --", nil}, {"99999999999999999999", nil}, {"-1", nil},
		} {
			hits, err := c.store.FindHouseholds(c.ctx(), counter, tt.q, 50)
			got := idsOf(hits)
			if tt.q == "䶮" { // 马䶮 of the demo county has it too
				if !slices.Contains(got, qiu) || len(got) < 2 || slices.Contains(got, dot) {
					t.Errorf("%q finds %v, %v", tt.q, got, err)
				}
				continue
			}
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%q finds %v, %v; want %v", tt.q, got, err, tt.want)
			}
		}
		hits, err := c.store.FindHouseholds(c.ctx(), counter, "0018", 1)
		want := households.HouseholdHit{ID: shan, Householder: "单雄信", Village: "马村村委会", GroupNo: "01", IDNumber: "11*************018"}
		if err != nil || len(hits) != 1 || fmt.Sprintf("%+v", hits[0]) != fmt.Sprintf("%+v", want) {
			t.Errorf("%+v, %v; want %+v", hits, err, want)
		}
		text := c.lying("household_keys")
		for _, personal := range []string{"11010519491231", "13900007711", "139-0000-", "t:002X\n", "t:0018\n", "p:7711\n"} {
			if strings.Contains(text, personal) { // a key's own letters may begin as a number does, never end there
				t.Errorf("%s lies in the clear", personal)
			}
		}
	})
}

func TestHouseholdsAreFoundWithinTheArea(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		here, there := c.household("counter", "秘不能", "110105194912310018", "13900007711"), c.household("counter2", "秘不能", "110105194912310026", "13900007711")
		for login, want := range map[string][]workflow.HouseholdID{
			"counter": {here}, "group": {here}, "village": {here}, "township": {here}, "counter2": {there}, "group2": {there}, "village2": {there}, "village3": nil,
			"agriculture": {here, there}, "supervision": {here, there},
		} {
			for _, q := range []string{"秘不能", "bibuneng", "bbn", "7711"} {
				hits, err := c.store.FindHouseholds(c.ctx(), c.officer(login), q, 9)
				if err != nil || !slices.Equal(idsOf(hits), want) {
					t.Errorf("%s finds by %s %v, %v; want %v", login, q, idsOf(hits), err, want)
				}
			}
		}
		for _, by := range []workflow.OfficerID{0, 9999, c.officer("admin")} {
			if hits, err := c.store.FindHouseholds(c.ctx(), by, "秘不能", 9); !errors.Is(err, org.ErrNoScope) || hits != nil {
				t.Errorf("officer %d finds %v, %v", by, hits, err)
			}
			if hits, err := c.store.SamePerson(c.ctx(), by, "110105194912310018"); !errors.Is(err, org.ErrNoScope) || hits != nil {
				t.Errorf("officer %d finds the person in %v, %v", by, hits, err)
			}
			if _, _, err := c.store.Cases(c.ctx(), by, cases.CaseQuery{Q: "bbn"}); !errors.Is(err, org.ErrNoScope) {
				t.Errorf("officer %d lists cases: %v", by, err)
			}
		}
	})
}

func TestTheSamePersonIsFoundInEveryHousehold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		son := forms.Member{Name: "王小军", Relation: "子", IDNumber: "11010519491231002X"}
		own, parents := c.household("counter", "王小军", "11010519491231002X", ""), c.household("counter", "王建国", "110105194912310018", "", son)
		away := c.household("counter2", "李秀英", "110105194912310026", "", son)
		for _, tt := range []struct {
			by, number string
			want       []workflow.HouseholdID
		}{
			{"counter", "11010519491231002x", []workflow.HouseholdID{own, parents}}, {"counter", "１１０１０５１９４９１２３１００２ｘ", []workflow.HouseholdID{own, parents}},
			{"counter", "110105491231002", []workflow.HouseholdID{own, parents}}, {"counter2", "11010519491231002X", []workflow.HouseholdID{away}},
			{"agriculture", "11010519491231002X", []workflow.HouseholdID{own, parents, away}}, {"village3", "11010519491231002X", nil},
			{"counter", "11010519491231003X", nil}, {"counter", "002X", nil}, {"counter", "", nil},
		} {
			hits, err := c.store.SamePerson(c.ctx(), c.officer(tt.by), tt.number)
			if err != nil || !slices.Equal(idsOf(hits), tt.want) {
				t.Errorf("%s, %q: %v, %v; want %v", tt.by, tt.number, idsOf(hits), err, tt.want)
			}
		}
	})
}

func TestFoundHouseholdsShowTheirCases(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter := c.officer("counter")
		one, two := c.open("homestead"), c.open("homestead")
		two = c.walk(two.ID, glossary.Archived)
		one = c.walk(one.ID, glossary.JointReview)
		three := c.open("homestead") // a draft
		hits, err := c.store.FindHouseholds(c.ctx(), counter, "马村", 9)
		if err != nil || hits != nil {
			t.Errorf("a village is no household: %v, %v", hits, err)
		}
		for _, tt := range []struct {
			of      workflow.Case
			running []string
		}{{one, []string{one.Number}}, {two, nil}, {three, nil}} {
			hits, err := c.store.FindHouseholds(c.ctx(), counter, tt.of.Householder, 9)
			if err != nil || len(hits) != 1 || hits[0].Cases != 1 || !slices.Equal(hits[0].Running, tt.running) {
				t.Errorf("%s: %+v, %v; want running %v", tt.of.Householder, hits, err, tt.running)
			}
		}
		// the newest case first, those without any last
		for range 2 {
			c.household("counter", "牟"+one.Householder, fmt.Sprintf("11010519491231%04d", c.count("households", "")), "")
		}
		c.exec("UPDATE households SET householder = '牟甲' WHERE id IN (%d, %d)", one.Household, three.Household)
		if hits, err = c.store.FindHouseholds(c.ctx(), counter, "牟", 9); err != nil || len(hits) != 4 || hits[0].ID != three.Household || hits[1].ID != one.Household {
			t.Errorf("in the order %+v, %v; want %d and %d first", hits, err, three.Household, one.Household)
		}
		if hits, err = c.store.FindHouseholds(c.ctx(), counter, "牟", 3); err != nil || len(hits) != 3 {
			t.Errorf("%d of at most 3, %v", len(hits), err)
		}
	})
}

func TestCasesAreFoundByTheSameKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter := c.officer("counter")
		household := c.household("counter", "解曾", "110105194912310018", "13900007711", forms.Member{Name: "查小鱼", Relation: "配偶", IDNumber: "11010519491231002X"})
		id, err := c.walker.Open(c.ctx(), "homestead", household)
		if err != nil {
			t.Fatal(err)
		}
		c.open("homestead")
		for q, want := range map[string]bool{
			"解": true, "xiezeng": true, "jiece": true, "xz": true, "zhaxiaoyu": true, "zxy": true, "002x": true, "0018": true, "7711": true, "11010519491231002x": true,
			"110105491231002": true, id.Number: true, id.Number[len(id.Number)-4:]: true, "ceng": false, "711": false, "9999": false, "%": false,
		} {
			list, total, err := c.store.Cases(c.ctx(), counter, cases.CaseQuery{Q: q})
			found := slices.ContainsFunc(list, func(c workflow.Case) bool { return c.ID == id.ID })
			if err != nil || found != want || total > 1 {
				t.Errorf("%q: found %t, %d in all, %v; want %t", q, found, total, err, want)
			}
			if list, _, err := c.store.Cases(c.ctx(), c.officer("counter2"), cases.CaseQuery{Q: q}); err != nil || len(list) != 0 {
				t.Errorf("%q: another township finds %d, %v", q, len(list), err)
			}
		}
	})
}

func TestOldHouseholdsAreIndexed(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		c.household("counter", "仇䶮", "110105194912310018", "13900007711")
		all, keys := c.count("households", ""), c.count("household_keys", "")
		if n, err := c.store.IndexHouseholds(c.ctx()); err != nil || n != 0 {
			t.Errorf("nothing to do: %d, %v", n, err)
		}
		c.exec("DELETE FROM household_keys")
		// more than one batch, as an older program entered them
		for i := range 250 - all {
			c.exec("INSERT INTO households (division, group_no, householder, head, homestead_area, building_area, officer_id, created_at) "+
				"SELECT division, group_no, householder, 'old %d', 0, 0, 0, created_at FROM households WHERE householder = '仇䶮' ORDER BY id LIMIT 1", i)
			c.exec("INSERT INTO persons (household_id, position, head, name, relation, id_index, id_alg, id_key, id_sealed) SELECT (SELECT max(id) FROM households), 0, true, p.name, "+
				"'户主', 'old %d', p.id_alg, p.id_key, p.id_sealed FROM persons p WHERE p.name = '仇䶮' AND p.phone_sealed <> ''", i)
		}
		if hits, err := c.store.FindHouseholds(c.ctx(), c.officer("counter"), "qiuyan", 9); err != nil || hits != nil {
			t.Errorf("found without keys: %v, %v", hits, err)
		}
		for _, err := range atOnce(2, func(int) error { _, err := c.store.IndexHouseholds(c.ctx()); return err }) {
			if err != nil {
				t.Errorf("two at once: %v", err)
			}
		}
		if total := c.count("(SELECT DISTINCT household_id FROM household_keys) k", ""); total != 250 {
			t.Errorf("%d households have keys, want 250", total)
		}
		if n := c.count("household_keys", "household_id NOT IN (SELECT household_id FROM persons WHERE id_index LIKE 'old %')"); n != keys {
			t.Errorf("%d keys again, were %d", n, keys)
		}
		if hits, err := c.store.FindHouseholds(c.ctx(), c.officer("counter"), "qiuyan", 9); err != nil || len(hits) != 9 {
			t.Errorf("found %d of at most 9, %v", len(hits), err)
		}
		c.exec("DELETE FROM household_keys WHERE household_id IN (SELECT household_id FROM persons WHERE id_index LIKE 'old %%')")
		if n, err := c.store.IndexHouseholds(c.ctx()); err != nil || n != 250-all {
			t.Errorf("indexed %d, %v; want %d", n, err, 250-all)
		}
	})
}

// A name is kept and found by its normal form, also where an older program kept it with what shows nothing (B13, M11).
func TestNamesAreFoundByTheirNormalForm(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		counter := c.officer("counter")
		found := func(q string, want workflow.HouseholdID) {
			t.Helper()
			hits, err := c.store.FindHouseholds(c.ctx(), counter, q, 20)
			if got := idsOf(hits); err != nil || !slices.Equal(got, []workflow.HouseholdID{want}) {
				t.Errorf("%+q finds %v, want %d, %v", q, got, want, err)
			}
		}
		id := c.household("counter", "欧\u200b阳　试 甲", "110105194912310018", "", forms.Member{Name: "测\u2060试乙", Relation: "子", IDNumber: "110105194912310034"})
		if c.count("persons", "name IN ('欧阳试甲', '测试乙')") != 2 {
			t.Error("the names are not kept in their normal form")
		}
		for _, q := range []string{"欧阳试甲", "阳 试", "欧\u00a0阳", "测试乙", "测\u200d试乙", "oysj", "ou yang shi jia"} {
			found(q, id)
		}
		old := c.household("counter", "刘旧名", "110105194912310042", "")
		c.exec("UPDATE households SET householder = '刘 旧\u200b名' WHERE id = %d", int64(old))
		c.exec("UPDATE persons SET name = '刘 旧\u200b名' WHERE household_id = %d", int64(old))
		c.exec("DELETE FROM household_keys")
		if _, err := c.store.IndexHouseholds(c.ctx()); err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"刘旧名", "刘 旧名", "旧名", "ljm"} {
			found(q, old)
		}
	})
}

package models_test

import (
	"errors"
	"fmt"
	"testing"

	householdsstore "anju/models/households"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law/lawtest"
	"anju/workflow/trades"
)

const designer, supervisor = "91140824MA0ANJU01J", "91140824MA0ANJU03Q"

// purchase is a year for three households, whose money is enough for two orders.
var purchase = trades.Purchase{Document: "稷政办发〔2026〕3号", Year: 2026, DesignFen: 100_000, SuperviseFen: 100_000, BudgetFen: 299_999, Households: 3}

// market is the demo county with two agencies on the public list.
type market struct {
	*county
	households []workflow.HouseholdID
}

func onMarket(t *testing.T, test func(*testing.T, *market)) {
	t.Helper()
	onEach(t, func(t *testing.T, c *county) {
		m := &market{county: c}
		rows, err := c.db.Pool().QueryContext(c.ctx(), "SELECT id FROM households WHERE division = '140824100214' ORDER BY id LIMIT 6")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id workflow.HouseholdID
			if err := rows.Scan(&id); err != nil {
				t.Fatal(err)
			}
			m.households = append(m.households, id)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		today := calendar.DayOf(c.clock.Now())
		for _, code := range []string{designer, supervisor} {
			if err := m.file(code); err != nil {
				t.Fatal(err)
			}
			if err := c.store.PublishPurchaseAgency(c.ctx(), code, today, today+300, ""); err != nil {
				t.Fatal(err)
			}
		}
		test(t, m)
	})
}

func (m *market) file(code string) error {
	return m.store.FilePurchaseAgency(m.ctx(), m.people[glossary.CountyHousingBureau],
		householdsstore.PurchaseAgency{Code: code, CommittedBy: "常建设", CommittedOn: calendar.DayOf(m.clock.Now())})
}

func (m *market) choose(household int, w trades.Work, agency string) (householdsstore.PurchaseOrder, error) {
	return m.store.SelectPurchase(m.ctx(), m.people[glossary.ServiceCenter], m.households[household], w, agency, purchase)
}

func (m *market) who(party glossary.Party) org.Officer {
	m.t.Helper()
	list, err := m.store.Officers(m.ctx())
	if err != nil {
		m.t.Fatal(err)
	}
	for _, o := range list {
		if o.ID == m.people[party] {
			return o
		}
	}
	m.t.Fatalf("nobody at %s", party)
	return org.Officer{}
}

// confirmed is an order that all three have confirmed.
func (m *market) confirmed(household int, w trades.Work, agency string) householdsstore.PurchaseOrder {
	m.t.Helper()
	o, err := m.choose(household, w, agency)
	for _, party := range []glossary.Party{glossary.ServiceCenter, glossary.VillageOrganization, glossary.TownshipGovernment} {
		if err != nil {
			m.t.Fatal(err)
		}
		o, err = m.store.ConfirmPurchase(m.ctx(), m.who(party), o.ID, "户主")
	}
	if err != nil || !o.Confirmed() {
		m.t.Fatalf("%+v, %v", o, err)
	}
	return o
}

func (m *market) pay(id int64, voucher string) (householdsstore.PurchaseOrder, error) {
	return m.store.PayPurchase(m.ctx(), m.who(glossary.CountyHousingBureau), id, voucher, purchase)
}

func TestPurchaseFromTheListToTheSettlement(t *testing.T) { // R17, R19, R20
	lawtest.Claim(t, "R17", "R19", "R20")
	onMarket(t, func(t *testing.T, m *market) {
		o, err := m.choose(0, trades.Design, designer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.choose(0, trades.Design, designer)
		invalid(t, err, "household_id", "只能选择一次")
		_, err = m.pay(o.ID, "1号")
		invalid(t, err, "id", "三方")
		_, err = m.store.ConfirmPurchase(m.ctx(), m.who(glossary.ServiceCenter), o.ID, " ")
		invalid(t, err, "signer", "签字人")
		for _, party := range []glossary.Party{glossary.ServiceCenter, glossary.VillageOrganization, glossary.TownshipGovernment} {
			_, err = m.pay(o.ID, "1号")
			invalid(t, err, "id", "三方")
			if o, err = m.store.ConfirmPurchase(m.ctx(), m.who(party), o.ID, "户主"); err != nil {
				t.Fatal(err)
			}
			_, err = m.store.ConfirmPurchase(m.ctx(), m.who(party), o.ID, "户主")
			invalid(t, err, "id", "不能重复确认")
		}
		if _, err = m.store.ConfirmPurchase(m.ctx(), m.who(glossary.EconomicOffice), o.ID, ""); !errors.Is(err, org.ErrNoScope) {
			t.Errorf("an office that confirms nothing: %v", err)
		}
		_, err = m.pay(o.ID, " ")
		invalid(t, err, "voucher", "凭证")
		if o, err = m.pay(o.ID, "1号"); err != nil || o.Fen != 100_000 || o.Voucher != "1号" {
			t.Errorf("paid: %+v, %v", o, err)
		}
		_, err = m.pay(o.ID, "2号")
		invalid(t, err, "id", "重复付款")
		m.confirmed(0, trades.Supervise, supervisor)
		got, err := m.store.SettlePurchases(m.ctx(), 2026)
		want := []householdsstore.Settlement{{Agency: designer, Name: "稷山县安居建筑设计有限公司", Work: trades.Design, Orders: 1, Confirmed: 1, Paid: 1, Fen: 100_000},
			{Agency: supervisor, Name: "稷山县正源农房建设监理有限公司", Work: trades.Supervise, Orders: 1, Confirmed: 1}}
		if err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
			t.Errorf("settlement %+v, %v", got, err)
		}
		if got, err = m.store.SettlePurchases(m.ctx(), 2025); err != nil || len(got) != 0 {
			t.Errorf("of another year: %+v, %v", got, err)
		}
	})
}

func TestWhoMayBeBoughtFrom(t *testing.T) { // R17, R19, A28
	lawtest.Claim(t, "R17", "R19", "A28")
	onMarket(t, func(t *testing.T, m *market) {
		for name, code := range map[string]string{"a registered engineer": "S2-1400-2023-0456", "an appraisal agency": "91140802MA0ANJU040",
			"one without a qualification": "91140824MA0ANJU05Y", "a struck one": "91140824MA0ANJU062", "a stranger": "91140824MA0ANJU11K", "a builder": "91140824MA0ANJU02M"} {
			var bad *workflow.Invalid
			if err := m.file(code); !errors.As(err, &bad) || bad.Fields[0].Field != "code" {
				t.Errorf("%s: %v", name, err)
			}
		}
		today := calendar.DayOf(m.clock.Now())
		bureau := m.people[glossary.CountyHousingBureau]
		err := m.store.FilePurchaseAgency(m.ctx(), bureau, householdsstore.PurchaseAgency{Code: designer, CommittedOn: today})
		invalid(t, err, "committed_by", "承诺书")
		err = m.store.FilePurchaseAgency(m.ctx(), bureau, householdsstore.PurchaseAgency{Code: designer, CommittedBy: "常建设", CommittedOn: today + 1})
		invalid(t, err, "committed_by", "不晚于今天")
		invalid(t, m.store.PublishPurchaseAgency(m.ctx(), designer, today, today-1, ""), "to", "不能早于")
		if err := m.store.PublishPurchaseAgency(m.ctx(), "91140824MA0ANJU02M", today, today, ""); !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("one that was not filed: %v", err)
		}
		_, err = m.choose(0, trades.Supervise, designer)
		invalid(t, err, "agency", "没有监理")
		_, err = m.choose(0, trades.Build, designer)
		invalid(t, err, "work", "只有设计和监理")
		_, err = m.store.SelectPurchase(m.ctx(), m.officer("counter2"), m.households[0], trades.Design, designer, purchase)
		if !errors.Is(err, workflow.ErrNotFound) {
			t.Errorf("another township's counter: %v", err)
		}
		// struck from the register, it is chosen no more, though it stands on the list
		if err := m.store.StrikeContractor(m.ctx(), bureau, designer, "转包"); err != nil {
			t.Fatal(err)
		}
		_, err = m.choose(0, trades.Design, designer)
		invalid(t, err, "agency", "除名")
		// taken off the list, or after its last day
		if err := m.store.PublishPurchaseAgency(m.ctx(), supervisor, 0, 0, "服务质量不达标"); err != nil {
			t.Fatal(err)
		}
		_, err = m.choose(0, trades.Supervise, supervisor)
		invalid(t, err, "agency", "公示名录")
		if err := m.store.PublishPurchaseAgency(m.ctx(), supervisor, today, today, ""); err != nil {
			t.Fatal(err)
		}
		_ = m.clock.Set(m.clock.Now().AddDate(0, 0, 1))
		_, err = m.choose(0, trades.Supervise, supervisor)
		invalid(t, err, "agency", "公示名录")
	})
}

func TestPurchaseStaysWithinThePlan(t *testing.T) { // R17, R18
	lawtest.Claim(t, "R17", "R18")
	onMarket(t, func(t *testing.T, m *market) {
		first, second, third := m.confirmed(0, trades.Design, designer), m.confirmed(1, trades.Design, designer), m.confirmed(2, trades.Design, designer)
		_, err := m.choose(3, trades.Design, designer)
		invalid(t, err, "household_id", "3 户已满")
		if _, err = m.choose(2, trades.Supervise, supervisor); err != nil {
			t.Errorf("the second work of a household that is counted: %v", err)
		}
		if _, err = m.pay(first.ID, "1号"); err != nil {
			t.Fatal(err)
		}
		// the last of the budget, at once for two
		errs := atOnce(2, func(i int) error {
			_, err := m.pay([]int64{second.ID, third.ID}[i], []string{"2号", "3号"}[i])
			return err
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("%v; want one of the two refused", errs)
		}
		invalid(t, errors.Join(errs...), "id", "预算 2999.99 元")
		if n := m.count("purchase_orders", "fen = 100000 AND voucher <> ''"); n != 2 {
			t.Errorf("%d are paid", n)
		}
		last := purchase
		last.Year = 2027
		_, err = m.store.PayPurchase(m.ctx(), m.who(glossary.CountyHousingBureau), third.ID, "4号", last)
		if m.count("purchase_orders", fmt.Sprintf("id = %d AND voucher <> ''", third.ID)) == 0 {
			invalid(t, err, "id", "2027 年度")
		}
	})
}

func TestPurchaseAtOnce(t *testing.T) {
	onMarket(t, func(t *testing.T, m *market) {
		o := m.confirmed(0, trades.Design, designer)
		m.confirmed(1, trades.Design, designer)
		errs := atOnce(4, func(i int) error {
			_, err := m.pay(o.ID, []string{"1号", "2号", "3号", "4号"}[i])
			return err
		})
		if n := m.count("purchase_orders", "voucher <> ''"); n != 1 {
			t.Errorf("paid %d times: %v", n, errs)
		}
		// the last place of the year
		errs = atOnce(3, func(i int) error {
			_, err := m.choose(3+i, trades.Design, designer)
			return err
		})
		if n := m.count("purchase_orders", ""); n != 3 {
			t.Errorf("%d orders: %v", n, errs)
		}
	})
}

package households

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/trades"
)

type purchaseAgencyRow struct {
	Code          string `gorm:"primaryKey"`
	CommittedBy   string
	CommittedOn   db.Day
	ReviewedBy    int64
	PublishedFrom *db.Day
	PublishedTo   *db.Day
	Delisted      string
	UpdatedAt     time.Time `gorm:"autoUpdateTime:false"`
}

func (purchaseAgencyRow) TableName() string { return "purchase_agencies" }

type purchaseOrderRow struct {
	ID              int64 `gorm:"primaryKey;autoIncrement"`
	HouseholdID     int64
	Division        string
	GroupNo         string
	Year            int
	Work            string
	Agency          string
	SelectedBy      int64
	SelectedAt      time.Time
	HouseholdSigner string
	VillageBy       int64
	TownshipBy      int64
	Fen             int64
	Voucher         string
	PaidAt          *time.Time
	PaidBy          int64
}

func (purchaseOrderRow) TableName() string { return "purchase_orders" }

// PurchaseAgency is an agency that may be bought from (R19).
type PurchaseAgency struct {
	Code, CommittedBy string // who signed the commitment to villagers at cost (自愿成本价服务群众承诺书)
	CommittedOn       calendar.Day
	From, To          calendar.Day // published; 0: not yet
	Delisted          string
}

// PurchaseOrder is the choice of one household for one work in one year, and how far it is confirmed (R17, R20).
type PurchaseOrder struct {
	ID        int64
	Household workflow.HouseholdID
	Year      int
	Work      trades.Work
	Agency    string
	Signer    string // of the household
	Village   bool
	Township  bool
	Fen       int64 // paid
	Voucher   string
}

// Confirmed tells whether all three have confirmed (R17).
func (o PurchaseOrder) Confirmed() bool { return o.Signer != "" && o.Village && o.Township }

func (r purchaseOrderRow) order() PurchaseOrder {
	return PurchaseOrder{r.ID, workflow.HouseholdID(r.HouseholdID), r.Year, trades.Work(r.Work), r.Agency,
		r.HouseholdSigner, r.VillageBy != 0, r.TownshipBy != 0, r.Fen, r.Voucher}
}

// FilePurchaseAgency files an agency with its commitment, as the bureau has reviewed it (R19). Only an organisation on
// the register that may design or supervise: persons may work, and are not paid from public money (A28).
func (s *Store) FilePurchaseAgency(ctx context.Context, by workflow.OfficerID, a PurchaseAgency) error {
	all, err := s.ContractorsByCode(ctx)
	if err != nil {
		return err
	}
	c, listed := all[a.Code]
	today := calendar.DayOf(s.db.Now())
	switch {
	case !listed:
		return db.Invalid("code", "该机构不在承揽名录中，请先登记", "R19")
	case c.Kind != trades.ContractorOrg || c.Basis != "qualified_unit":
		return db.Invalid("code", "购买服务只面向有资质的机构，个人可以承揽但不付财政费（A28）", "R17")
	case c.Refuses(trades.Design, today) != "" && c.Refuses(trades.Supervise, today) != "":
		return db.Invalid("code", c.Name+"没有设计或监理业务，或已除名", "R19")
	case strings.TrimSpace(a.CommittedBy) == "" || a.CommittedOn == 0 || a.CommittedOn > today:
		return db.Invalid("committed_by", "须有自愿成本价服务群众承诺书：请填写签署人和不晚于今天的日期", "R19")
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		return g.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "code"}},
			DoUpdates: clause.AssignmentColumns([]string{"committed_by", "committed_on", "reviewed_by",
				"updated_at"})}).
			Create(&purchaseAgencyRow{Code: a.Code, CommittedBy: a.CommittedBy, CommittedOn: db.Day(a.CommittedOn),
				ReviewedBy: int64(by), UpdatedAt: s.db.Now()}).Error
	})
}

// PublishPurchaseAgency puts a filed agency on the public list for a time (R19); a reason takes it off.
func (s *Store) PublishPurchaseAgency(ctx context.Context, code string, from, to calendar.Day, delisted string) error {
	if delisted == "" && (from == 0 || to < from) {
		return db.Invalid("to", "公示的末日不能早于首日", "R19")
	}
	set := map[string]any{"delisted": delisted, "updated_at": s.db.Now()}
	if delisted == "" {
		set["published_from"], set["published_to"] = db.Day(from), db.Day(to)
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		return db.RequireOne(g.Model(&purchaseAgencyRow{}).Where("code = ?", code).Updates(set))
	})
}

// PurchaseAgencies lists those that were filed.
func (s *Store) PurchaseAgencies(ctx context.Context) ([]PurchaseAgency, error) {
	var rows []purchaseAgencyRow
	if err := s.db.Read(ctx).Order("code").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]PurchaseAgency, len(rows))
	for i, r := range rows {
		list[i] = PurchaseAgency{Code: r.Code, CommittedBy: r.CommittedBy, CommittedOn: calendar.Day(r.CommittedOn),
			Delisted: r.Delisted}
		if r.PublishedFrom != nil && r.PublishedTo != nil {
			list[i].From, list[i].To = calendar.Day(*r.PublishedFrom), calendar.Day(*r.PublishedTo)
		}
	}
	return list, nil
}

// SelectPurchase enters the household's choice from the public list (R17): one agency for a work in a year, as many
// households as the county has planned for. ErrNotFound outside the officer's area.
func (s *Store) SelectPurchase(ctx context.Context, by workflow.OfficerID, household workflow.HouseholdID,
	work trades.Work, agency string, p trades.Purchase) (PurchaseOrder, error) {
	if work != trades.Design && work != trades.Supervise {
		return PurchaseOrder{}, db.Invalid("work", "政府购买的服务只有设计和监理", "R16")
	}
	f, err := s.Entry(ctx, by, household)
	if err != nil {
		return PurchaseOrder{}, err
	}
	all, err := s.ContractorsByCode(ctx)
	if err != nil {
		return PurchaseOrder{}, err
	}
	today := calendar.DayOf(s.db.Now())
	row := purchaseOrderRow{HouseholdID: int64(household), Division: f.Household.Division, GroupNo: f.Household.GroupNo,
		Year: p.Year, Work: string(work), Agency: agency,
		SelectedBy: int64(by), SelectedAt: db.UTC(s.db.Now())}
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		var a purchaseAgencyRow
		err := g.Where("code = ? AND delisted = '' AND published_from <= ? AND published_to >= ?", agency, db.Day(today),
			db.Day(today)).Take(&a).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return db.Invalid("agency", "该机构不在公示名录中，请从公示名录中选择", "R19")
		}
		if err != nil {
			return err
		}
		if why := all[agency].Refuses(work, today); why != "" {
			return db.Invalid("agency", why, "R19")
		}
		if err := s.lockPurchases(g); err != nil {
			return err
		}
		var households int64 // the others: one that is counted may choose its second work
		if err := g.Model(&purchaseOrderRow{}).Where("year = ? AND household_id <> ?", p.Year,
			row.HouseholdID).Distinct("household_id").Count(&households).Error; err != nil {
			return err
		}
		if p.Households > 0 && households >= int64(p.Households) {
			return db.Invalid("household_id", fmt.Sprintf("本年度计划的 %d 户已满", p.Households), "R17")
		}
		row.ID = 0 // given anew at each try
		return g.Create(&row).Error
	})
	if db.IsDuplicate(err) {
		err = db.Invalid("household_id", "该户本年度已选择过这项服务，每户每项只能选择一次", "R17")
	}
	return row.order(), err
}

// lockPurchases lets one at a time take from what the year has left: two must not both find the last place or the last
// of the budget.
func (s *Store) lockPurchases(g *gorm.DB) error {
	if s.db.Dialect() != "postgres" {
		return nil // one writer anyway
	}
	return g.Exec("SELECT pg_advisory_xact_lock(hashtext('purchases'))").Error
}

// changeOrder changes an order under its lock; ErrNotFound outside the officer's area.
func (s *Store) changeOrder(ctx context.Context, by org.Officer, id int64, change func(g *gorm.DB,
	r *purchaseOrderRow) error) (PurchaseOrder, error) {
	var row purchaseOrderRow
	err := s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		q := g
		if s.db.Dialect() == "postgres" {
			q = g.Clauses(clause.Locking{Strength: "UPDATE"})
		}
		err := q.Where("id = ?", id).Take(&row).Error
		if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !glossary.Within(by.Division, row.Division, row.GroupNo) {
			return workflow.ErrNotFound
		}
		if err != nil {
			return err
		}
		if err := change(g, &row); err != nil {
			return err
		}
		return g.Model(&purchaseOrderRow{}).Where("id = ?", row.ID).Select("household_signer", "village_by", "township_by",
			"fen", "voucher", "paid_at", "paid_by").
			Updates(&row).Error
	})
	return row.order(), err
}

// PurchaseOrder reads an order, by its number or by its household, year and work; ErrNotFound outside the officer's
// area.
func (s *Store) PurchaseOrder(ctx context.Context, by org.Officer, of PurchaseOrder) (PurchaseOrder, error) {
	g := s.db.Read(ctx)
	if of.ID != 0 {
		g = g.Where("id = ?", of.ID)
	} else {
		g = g.Where("household_id = ? AND year = ? AND work = ?", int64(of.Household), of.Year, string(of.Work))
	}
	var row purchaseOrderRow
	err := g.Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) || err == nil && !glossary.Within(by.Division, row.Division, row.GroupNo) {
		return PurchaseOrder{}, workflow.ErrNotFound
	}
	return row.order(), err
}

// ConfirmPurchase confirms that the work was done: for the household the counter enters who signed, then its village
// and its township, each once (R17, R20). ErrNoScope for any other office.
func (s *Store) ConfirmPurchase(ctx context.Context, by org.Officer, id int64, signer string) (PurchaseOrder, error) {
	return s.changeOrder(ctx, by, id, func(_ *gorm.DB, r *purchaseOrderRow) error {
		again := db.Invalid("id", "本单位已经确认过，不能重复确认", "R17")
		switch by.OfficeKind {
		case glossary.ServiceCenter:
			if r.HouseholdSigner != "" {
				return again
			}
			if r.HouseholdSigner = strings.TrimSpace(signer); r.HouseholdSigner == "" {
				return db.Invalid("signer", "请填写建房户签字人", "R20")
			}
		case glossary.VillageOrganization:
			if r.VillageBy != 0 {
				return again
			}
			r.VillageBy = int64(by.ID)
		case glossary.TownshipGovernment:
			if r.TownshipBy != 0 {
				return again
			}
			r.TownshipBy = int64(by.ID)
		default:
			return org.ErrNoScope
		}
		return nil
	})
}

// PayPurchase pays an order that all three have confirmed (R17), once, within the budget of the year (R18), exactly the
// county's price.
func (s *Store) PayPurchase(ctx context.Context, by org.Officer, id int64, voucher string,
	p trades.Purchase) (PurchaseOrder, error) {
	return s.changeOrder(ctx, by, id, func(g *gorm.DB, r *purchaseOrderRow) error {
		switch {
		case r.Voucher != "":
			return db.Invalid("id", "该户该项已经付款（凭证 "+r.Voucher+"），不能重复付款", "R17")
		case !r.order().Confirmed():
			return db.Invalid("id", "建房户、村委会、乡镇政府三方尚未全部确认，不能付款", "R17")
		case r.Year != p.Year:
			return db.Invalid("id", fmt.Sprintf("只能支付 %d 年度的服务费", p.Year), "R18")
		case strings.TrimSpace(voucher) == "":
			return db.Invalid("voucher", "请填写付款凭证号", "R20")
		}
		if err := s.lockPurchases(g); err != nil {
			return err
		}
		price := p.Price(trades.Work(r.Work))
		var spent int64
		if err := g.Model(&purchaseOrderRow{}).Where("year = ? AND voucher <> ''",
			r.Year).Select("coalesce(sum(fen), 0)").Scan(&spent).Error; err != nil {
			return err
		}
		if spent > p.BudgetFen-price {
			return db.Invalid("id", fmt.Sprintf("本年度预算 %s 元已不足支付", formatYuan(p.BudgetFen)), "R18")
		}
		now := db.UTC(s.db.Now())
		r.Fen, r.Voucher, r.PaidAt, r.PaidBy = price, strings.TrimSpace(voucher), &now, int64(by.ID)
		return nil
	})
}

func formatYuan(fen int64) string { return fmt.Sprintf("%d.%02d", fen/100, fen%100) }

// Settlement is what one agency did and was paid in a year (R18, R20).
type Settlement struct {
	Agency, Name            string
	Work                    trades.Work
	Orders, Confirmed, Paid int
	Fen                     int64
}

// SettlePurchases is the settlement of a year, by agency and work.
func (s *Store) SettlePurchases(ctx context.Context, year int) ([]Settlement, error) {
	var list []Settlement
	err := s.db.Read(ctx).Table("purchase_orders o").Joins("JOIN contractors c ON c.code = o.agency").Where("o.year = ?",
		year).
		Select("o.agency, c.name, o.work, count(*) AS orders, sum(CASE WHEN o.household_signer <> '' AND o.village_by <> 0 " +
			"AND o.township_by <> 0 THEN 1 ELSE 0 END) AS confirmed, sum(CASE WHEN o.voucher <> '' THEN 1 ELSE 0 END) AS " +
			"paid, sum(o.fen) AS fen").Group("o.agency, c.name, o.work").Order("o.agency, o.work").Scan(&list).Error
	return list, err
}

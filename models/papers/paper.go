package papers

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"anju/models/db"
	"anju/models/history"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// Unprinted names a document of which no paper exists.
type Unprinted struct {
	Case     workflow.CaseID
	Document int64
}

// Unprinted lists documents that wait to be printed, oldest first.
func (s *Store) Unprinted(ctx context.Context, limit int) ([]Unprinted, error) {
	var list []Unprinted
	err := s.db.Read(ctx).Table("documents").Select(`documents.case_id AS "case", documents.id AS document`).
		Where("NOT EXISTS (SELECT 1 FROM papers p WHERE p.document_id = documents.id)").Order("documents.issued_at, " +
		"documents.id").Limit(limit).Scan(&list).Error
	return list, err
}

// Paper is a printed paper.
type Paper struct {
	Document  int64
	Hash      string // SM3
	Body      []byte
	Signature string // over the bytes, as the signature service gave it; "" without one
	Signer    string // who signed
	PrintedAt time.Time
}

// Paper reads a printed paper; ErrNotFound where it was not printed yet. The caller has the right to its case.
func (s *Store) Paper(ctx context.Context, document int64) (Paper, error) {
	var p Paper
	err := s.db.Read(ctx).Table("papers").Select("document_id AS document, hash, body, signature, signer, "+
		"printed_at").Where("document_id = ?", document).
		Take(&p).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Paper{}, workflow.ErrNotFound
	}
	return p, err
}

// PaperFacts is what a paper is made from, beside the case itself.
type PaperFacts struct {
	Case workflow.Case
	// numbers in clear: papers carry them, and a reader of a paper has the right to its case
	Household                        forms.Household
	Offices                          map[glossary.Party]string    // names in the register, of the offices of the case
	Phones                           map[workflow.OfficeID]string // telephones of the offices that acted, where entered
	County, Township, Village, Group string
	Lines                            []history.Line
}

// PaperFacts reads what the papers of a case are made from, for the program itself.
func (s *Store) PaperFacts(ctx context.Context, id workflow.CaseID) (PaperFacts, error) {
	var f PaperFacts
	var err error
	if f.Case, _, err = s.cases.Read(ctx, id, 0); err != nil {
		return f, err
	}
	if f.Lines, err = s.cases.History(ctx, f.Case); err != nil {
		return f, err
	}
	file, err := s.cases.HouseholdFile(ctx, 0, f.Case.Household)
	if err != nil {
		return f, err
	}
	f.Household = file.Household
	if err := s.households.Unmask(ctx, f.Case.Household, &f.Household); err != nil {
		return f, err
	}
	names, err := s.divisionNames(ctx, f.Case.Division)
	if err != nil {
		return f, err
	}
	f.County, f.Township, f.Village = names[f.Case.Division[:6]+"000000"], names[f.Case.Division[:9]+"000"],
		names[f.Case.Division]
	f.Group = "第" + f.Case.GroupNo + "村民小组"
	f.Phones = map[workflow.OfficeID]string{}
	for _, l := range f.Lines {
		if _, known := f.Phones[l.Office]; known || l.Office == 0 {
			continue
		}
		o, err := s.offices.OfficeByID(ctx, l.Office)
		if err != nil {
			return f, err
		}
		f.Phones[l.Office] = o.Phone
	}
	f.Offices, err = s.offices.OfficeNames(ctx, f.Case)
	return f, err
}

func (s *Store) divisionNames(ctx context.Context, village string) (map[string]string, error) {
	var list []org.Division
	codes := []string{village[:6] + "000000", village[:9] + "000", village}
	if err := s.db.Read(ctx).Where("code IN ?", codes).Find(&list).Error; err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, d := range list {
		names[d.Code] = d.Name
	}
	return names, nil
}

// PublicDocument is what anybody who holds a paper may check of it (R53, A37): nothing that identifies beyond the paper
// itself.
type PublicDocument struct {
	Kind             glossary.DocumentKind
	Authority        glossary.Party
	Title, Number    string
	Issuer, Voided   string
	Holder           string // whole: the page masks it
	IssuedAt         time.Time
	ValidTo          calendar.Day
	Township, Matter string
	Question         string          // why it is before its authority; "" where it is not
	Outcome          workflow.Ending // of its case
}

// PublicDocument reads a document for the public check; ErrNotFound without one.
func (s *Store) PublicDocument(ctx context.Context, document int64) (PublicDocument, error) {
	var row struct {
		Kind, Title, Number, Authority, Issuer, Voided, Householder, Division, Chain string
		Question, Outcome                                                            string
		IssuedAt                                                                     time.Time
		ValidTo                                                                      *db.Day
	}
	err := s.db.Read(ctx).Table("documents").Joins("JOIN cases ON cases.id = documents.case_id").Where("documents.id = ?",
		document).
		Select("documents.kind, documents.title, documents.number, documents.authority, documents.issuer, documents.voided, " +
			"documents.issued_at, documents.valid_to, cases.householder, cases.division, cases.chain, cases.outcome, " +
			"COALESCE((SELECT q.why FROM document_questions q WHERE q.document_id = documents.id AND q.settled_at IS NULL), " +
			"'') AS question").Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return PublicDocument{}, workflow.ErrNotFound
	}
	if err != nil {
		return PublicDocument{}, err
	}
	names, err := s.divisionNames(ctx, row.Division)
	d := PublicDocument{Kind: glossary.DocumentKind(row.Kind), Title: row.Title, Number: row.Number,
		Authority: glossary.Party(row.Authority), Issuer: row.Issuer, Voided: row.Voided, Holder: row.Householder,
		IssuedAt: row.IssuedAt, Township: names[row.Division[:9]+"000"], Question: row.Question,
		Outcome: workflow.Ending(row.Outcome)}
	if row.ValidTo != nil {
		d.ValidTo = calendar.Day(*row.ValidTo)
	}
	return d, err
}

// DisclosureLine is one result that was made public (L11): the fields that A37 allows and no others.
type DisclosureLine struct {
	Holder, Village, Address                   string
	HomesteadArea, FootprintArea, BuildingArea workflow.Decimal
	Floors                                     int
	Matter                                     workflow.ChainID
	DecidedOn, DisclosedOn                     calendar.Day
}

// Disclosures lists the results that were made public, newest first; of one township (nine digits) or of the county.
func (s *Store) Disclosures(ctx context.Context, township string, page, perPage int) ([]DisclosureLine, int, error) {
	q := s.db.Read(ctx).Table("records").Joins("JOIN cases ON cases.id = records.case_id").Where("records.kind = ?",
		string(glossary.DisclosureKind))
	if township != "" {
		q = q.Where("cases.division LIKE ?", township+"%")
	}
	var total int64
	if err := q.Count(&total).Error; err != nil {
		return nil, 0, err
	}
	var rows []struct {
		CaseID int64
		Data   string
	}
	if err := q.Select("records.case_id, records.data").Order("records.at DESC, records.id " +
		"DESC").Offset((page - 1) * perPage).Limit(perPage).Scan(&rows).Error; err != nil {
		return nil, 0, err
	}
	list := make([]DisclosureLine, 0, len(rows))
	for _, r := range rows {
		c, _, err := s.cases.Read(ctx, workflow.CaseID(r.CaseID), 0)
		if err != nil {
			return nil, 0, err
		}
		names, err := s.divisionNames(ctx, c.Division)
		if err != nil {
			return nil, 0, err
		}
		p := workflow.Applied[forms.Application](c).Proposed
		said, _ := c.Latest(glossary.DisclosureKind)
		list = append(list, DisclosureLine{Holder: c.Householder, Village: names[c.Division[:9]+"000"] + names[c.Division],
			Address: p.Address, HomesteadArea: p.HomesteadArea,
			FootprintArea: p.FootprintArea, BuildingArea: p.BuildingArea, Floors: p.Floors, Matter: c.Chain,
			DecidedOn:   calendar.DayOf(c.File.Marks[glossary.Decided]),
			DisclosedOn: workflow.Recorded[forms.Disclosed](said).DisclosedOn})
	}
	return list, int(total), nil
}

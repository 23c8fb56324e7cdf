package public

import (
	"context"
	"time"

	"anju/models/papers"
	"anju/models/petitions"
	"anju/workflow"
)

// Store is what the public pages ask of the database.
type Store interface {
	Letter(ctx context.Context, sender string, most int, now time.Time) (within bool, err error)
	SendPetition(ctx context.Context, p workflow.Petition, once string) (petitions.Petition, error)
	PetitionsOf(ctx context.Context, by workflow.OfficerID, c workflow.Case) ([]petitions.Petition, error)
	CaseOfCode(code string) (workflow.CaseID, bool)
	CaseByCode(ctx context.Context, code, tail, remoteIP string, now time.Time) (workflow.CaseID, error)
	CaseOfNotice(code string) (workflow.CaseID, bool)
	PaperFacts(ctx context.Context, id workflow.CaseID) (papers.PaperFacts, error)
	PublicDocument(ctx context.Context, document int64) (papers.PublicDocument, error)
	Disclosures(ctx context.Context, township string, page, perPage int) ([]papers.DisclosureLine, int, error)
	DocumentOf(code string) (document int64, ok bool)
	Tag(purpose, text string) string
	Tagged(purpose, text, tag string) bool
}

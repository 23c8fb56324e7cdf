package papers

import (
	"context"

	"anju/workflow"
)

// Kept is a printed paper as it is kept.
type Kept struct {
	Hash string // SM3 of the bytes
	Body []byte
}

// KeptOf reads the printed papers of a household's cases, by document: the index of its file names their digests (R111).
func (s *Store) KeptOf(ctx context.Context, id workflow.HouseholdID) (map[int64]Kept, error) {
	var rows []struct {
		DocumentID int64
		Hash       string
		Body       []byte
	}
	err := s.db.Read(ctx).Table("papers").Joins("JOIN documents ON documents.id = papers.document_id").
		Joins("JOIN cases ON cases.id = documents.case_id").Where("cases.household_id = ?", int64(id)).
		Select("papers.document_id, papers.hash, papers.body").Scan(&rows).Error
	kept := make(map[int64]Kept, len(rows))
	for _, r := range rows {
		kept[r.DocumentID] = Kept{Hash: r.Hash, Body: r.Body}
	}
	return kept, err
}

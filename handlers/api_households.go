package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"anju/models"
	"anju/workflow"
)

// personJSON is the householder as he is answered: numbers are masked, so the rules for what is typed in do not hold.
type personJSON struct {
	Name     string `json:"name"`
	Gender   string `json:"gender,omitempty"`
	IDNumber string `json:"id_number" doc:"身份证号（已遮盖）"`
	Phone    string `json:"phone,omitempty" doc:"联系电话（已遮盖）"`
	Domicile string `json:"domicile,omitempty"`
}

// hidden is a telephone number as it is answered: of a short one the store leaves too much to be seen.
func hidden(phone string) string {
	n := len(phone)
	switch {
	case n >= 11:
		return phone
	case n <= 4:
		return strings.Repeat("*", n)
	}
	return phone[:2] + strings.Repeat("*", n-4) + phone[n-2:]
}

// householdJSON is a household's file; numbers of persons are masked by the store.
type householdJSON struct {
	ID          string                    `json:"id"`
	Division    string                    `json:"division"`
	GroupNo     string                    `json:"group_no"`
	Householder personJSON                `json:"householder"`
	Members     []workflow.Member         `json:"members"`
	Current     workflow.CurrentHomestead `json:"current"`
	CreatedAt   string                    `json:"created_at"`
	Cases       []caseLineJSON            `json:"cases"`
	Documents   []documentJSON            `json:"documents"`
}

// saveHousehold checks and saves what the counter typed in, once under a key: the file this householder has already, or a new one.
func (a *app) saveHousehold(ctx context.Context, by *caller, key string, raw []byte) (workflow.HouseholdID, bool, error) {
	key, err := keyOr(key)
	if err != nil {
		return 0, false, err
	}
	asked := digest([]byte("household"), canonical(raw))
	var h workflow.Household
	if err := Validated(normalPeople(raw)).Decode(&h, a.svc.Now()); err != nil {
		return 0, false, err
	}
	if by.OfficeKind != workflow.ServiceCenter {
		return 0, false, refuse(403, "户档由乡镇便民服务中心登记，请到所在乡镇的窗口办理")
	}
	exists, err := a.store.DivisionExists(ctx, h.Division)
	if err != nil {
		return 0, false, err
	}
	if !exists || strings.HasSuffix(h.Division, "000") {
		return 0, false, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "division", Rule: "R28",
			Message: "没有这个村级区划代码，请填写 12 位村级代码，例如 140824100214"}}}
	}
	if !workflow.Within(by.Division, h.Division, h.GroupNo) {
		return 0, false, refuse(403, "该村不在您所在乡镇的辖区内，请由其所在乡镇的窗口登记",
			workflow.FieldError{Field: "division", Message: "不在本单位辖区内"})
	}
	id, created, err := a.store.EnterHousehold(ctx, by.ID, key, asked, h)
	var again *workflow.Replayed
	if !errors.As(err, &again) {
		return id, created, err
	}
	if _, err := answeredBefore(again, asked); err != nil {
		return 0, false, err
	}
	id = workflow.HouseholdID(again.Made)
	f, err := a.store.HouseholdFile(ctx, by.ID, id)
	return id, f.CreatedAt.Equal(again.At), err // what was entered under the key is as old as the key
}

// normalPeople brings the names and numbers of a household to their normal form before they are judged; what is no household stays as it
// is, and is refused then.
func normalPeople(raw []byte) []byte {
	var h map[string]any
	if !utf8.Valid(raw) || json.Unmarshal(raw, &h) != nil {
		return raw
	}
	people := []any{h["householder"]}
	if members, ok := h["members"].([]any); ok {
		people = append(people, members...)
	}
	for _, p := range people {
		person, _ := p.(map[string]any)
		for field, normal := range map[string]func(string) string{"name": workflow.NormalName, "id_number": workflow.NormalIDNumber,
			"phone": workflow.NormalIDNumber} {
			if text, ok := person[field].(string); ok && !strings.ContainsFunc(text, func(r rune) bool { return workflow.Misleading(r) || unicode.IsControl(r) }) {
				person[field] = normal(text)
			}
		}
	}
	b, err := json.Marshal(h)
	if err != nil {
		return raw
	}
	return b
}

func (a *app) householdOf(f models.HouseholdFile) householdJSON {
	h := householdJSON{ID: fmt.Sprint(f.ID), Division: f.Household.Division, GroupNo: f.Household.GroupNo, Householder: personJSON(f.Household.Householder),
		Members: orEmpty(f.Household.Members), Current: f.Household.Current, CreatedAt: shanghai(f.CreatedAt), Cases: []caseLineJSON{},
		Documents: a.documentsOf(f.Documents)}
	h.Householder.Phone = hidden(h.Householder.Phone)
	for _, c := range f.Cases {
		h.Cases = append(h.Cases, a.lineOf(c))
	}
	return h
}

func (a *app) householdFile(ctx context.Context, by *caller, id workflow.HouseholdID) (householdJSON, error) {
	f, err := a.store.HouseholdFile(ctx, by.ID, id)
	if errors.Is(err, workflow.ErrNotFound) {
		return householdJSON{}, refuse(404, "未找到该户档")
	}
	if err != nil {
		return householdJSON{}, err
	}
	return a.householdOf(f), nil
}

func (a *app) householdOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "save-household", DefaultStatus: http.StatusCreated,
		Summary: "登记一户：201 新建，200 该户主已有的户档"}, typeOf[workflow.Household](),
		func(ctx context.Context, by *caller, in *struct {
			Keyed
			Sent
		}) (*out[householdJSON], error) {
			id, created, err := a.saveHousehold(ctx, by, in.Key, in.raw)
			if err != nil {
				return nil, err
			}
			h, err := a.householdFile(ctx, by, id)
			if err != nil {
				a.log.ErrorContext(ctx, "show what was done", slog.Int64("household", int64(id)), slog.Any("error", err))
				return nil, errLater
			}
			o := &out[householdJSON]{Status: http.StatusOK, Body: h}
			if created {
				o.Status = http.StatusCreated
			}
			return o, nil
		})
	ops["save-household"].edit = func(o *huma.Operation) {
		there := *o.Responses["201"]
		there.Description = "该户主已有的户档"
		o.Responses["200"] = &there
	}
	describe(a, ops, huma.Operation{OperationID: "get-household", Summary: "一户一档"}, nil,
		func(ctx context.Context, by *caller, in *struct {
			ID string `path:"id" doc:"户档编号"`
		}) (*out[householdJSON], error) {
			n, err := number(in.ID)
			if err != nil {
				return nil, err
			}
			h, err := a.householdFile(ctx, by, workflow.HouseholdID(n))
			return &out[householdJSON]{Status: http.StatusOK, Body: h}, err
		})
}

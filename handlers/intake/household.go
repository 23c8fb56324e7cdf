package intake

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// SaveHousehold checks and saves what the counter typed in, once under a key: the file this householder has already, or
// a new one.
func (a *Service) SaveHousehold(ctx context.Context, by *request.Caller, key string,
	raw []byte) (workflow.HouseholdID, bool, error) {
	key, err := request.KeyOr(key)
	if err != nil {
		return 0, false, err
	}
	asked := request.Digest([]byte("household"), canonical(raw))
	var h forms.Household
	if err := schema.Validated(normalPeople(raw)).Decode(&h, a.svc.Now()); err != nil {
		return 0, false, err
	}
	if by.OfficeKind != glossary.ServiceCenter {
		return 0, false, problem.New(403, "户档由乡镇便民服务中心登记，请到所在乡镇的窗口办理")
	}
	exists, err := a.store.DivisionExists(ctx, h.Division)
	if err != nil {
		return 0, false, err
	}
	if !exists || strings.HasSuffix(h.Division, "000") {
		return 0, false, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "division", Rule: "R28",
			Message: "没有这个村级区划代码，请填写 12 位村级代码，例如 140824100214"}}}
	}
	if !glossary.Within(by.Division, h.Division, h.GroupNo) {
		return 0, false, problem.New(403, "该村不在您所在乡镇的辖区内，请由其所在乡镇的窗口登记",
			workflow.FieldError{Field: "division", Message: "不在本单位辖区内"})
	}
	id, created, err := a.store.EnterHousehold(ctx, by.ID, key, asked, h)
	var again *workflow.Replayed
	if !errors.As(err, &again) {
		return id, created, err
	}
	if _, err := request.AnsweredBefore(again, asked); err != nil {
		return 0, false, err
	}
	id = workflow.HouseholdID(again.Made)
	f, err := a.store.HouseholdFile(ctx, by.ID, id)
	return id, f.CreatedAt.Equal(again.At), err // what was entered under the key is as old as the key
}

// Differences tells what of a household that was typed in again its file has otherwise, numbers masked.
func (a *Service) Differences(ctx context.Context, by *request.Caller, id workflow.HouseholdID,
	raw []byte) ([]view.Difference, error) {
	var typed forms.Household
	if err := schema.Validated(normalPeople(raw)).Decode(&typed, a.svc.Now()); err != nil {
		return nil, err
	}
	f, err := a.store.HouseholdFile(ctx, by.ID, id)
	if err != nil {
		return nil, err
	}
	filed := f.Household
	if err := a.store.Unmask(ctx, id, &filed); err != nil {
		return nil, err
	}
	var found []view.Difference
	differ := func(field, label, typed, filed string) {
		if typed != filed {
			found = append(found, view.Difference{Field: field, Label: label, Typed: typed, Filed: filed})
		}
	}
	differ("group_no", "村民小组编号", typed.GroupNo, filed.GroupNo)
	differ("householder.name", "户主姓名", typed.Householder.Name, filed.Householder.Name)
	if typed.Householder.Phone != "" && typed.Householder.Phone != filed.Householder.Phone {
		differ("householder.phone", "联系电话", "与户档不同", "（已遮盖）")
	}
	who := func(list []forms.Member) string {
		names := make([]string, len(list))
		for i, m := range list {
			names[i] = m.Name
		}
		slices.Sort(names)
		return strings.Join(names, "、")
	}
	differ("members", "家庭成员", who(typed.Members), who(filed.Members))
	differ("current.homestead_area", "现宅基地面积", typed.Current.HomesteadArea.String(), filed.Current.HomesteadArea.String())
	differ("current.certificate_no", "权属证书号", typed.Current.CertificateNo, filed.Current.CertificateNo)
	return found, nil
}

// normalPeople brings the names and numbers of a household to their normal form before they are judged; what is no
// household stays as it is, and is refused then.
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
		for field, normal := range map[string]func(string) string{"name": forms.NormalName, "id_number": forms.NormalIDNumber,
			"phone": forms.NormalIDNumber} {
			if text, ok := person[field].(string); ok &&
				!strings.ContainsFunc(text, func(r rune) bool { return forms.Misleading(r) || unicode.IsControl(r) }) {
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

package intake

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/models/households"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/household"
)

// HouseholdChange is a change of a household's file as it is sent.
type HouseholdChange struct {
	Kind      household.Kind  `json:"kind,omitempty" doc:"变更类型" enum:"correction,head,birth,death,marriage,divorce,moved_in,moved_out,split,merge,group,phone" example:"phone"`
	Reason    string          `json:"reason" doc:"变更原因" minLength:"1" maxLength:"300" example:"换了手机号"`
	Evidence  string          `json:"evidence" doc:"依据的材料" minLength:"1" maxLength:"300" example:"户主当面说明"`
	Data      json.RawMessage `json:"data,omitempty" doc:"变更内容，按变更类型填写"`
	Confirms  string          `json:"confirms,omitempty" doc:"确认哪一项变更（乡镇负责人填写）" pattern:"^[0-9]{1,18}$"`
	TakesBack string          `json:"takes_back,omitempty" doc:"撤销哪一项变更" pattern:"^[0-9]{1,18}$"`
}

// ChangeHousehold changes a household's file. A change that needs a second officer waits for the head of the township
// government, who confirms it.
func (a *Service) ChangeHousehold(ctx context.Context, by *request.Caller, id workflow.HouseholdID,
	b HouseholdChange) (households.Change, error) {
	asked := households.Asked{Kind: b.Kind, Reason: strings.TrimSpace(b.Reason), Evidence: strings.TrimSpace(b.Evidence)}
	asked.Confirms, _ = strconv.ParseInt(b.Confirms, 10, 64) // the schema has seen to the digits
	asked.TakesBack, _ = strconv.ParseInt(b.TakesBack, 10, 64)
	switch row, ok := household.Of(b.Kind); {
	case asked.Confirms != 0 || asked.TakesBack != 0:
	case !ok:
		return households.Change{}, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "kind", Rule: "A30",
			Message: "请选择变更类型"}}}
	default:
		var err error
		if asked.Form, err = row.Decode(schema.Validated(b.Data), a.svc.Now()); err != nil {
			return households.Change{}, err
		}
	}
	done, err := a.store.ChangeHousehold(ctx, by.ID, id, asked)
	if errors.Is(err, org.ErrNoScope) {
		return done, problem.New(403, "户档变更由乡镇便民服务中心录入，需要确认的由乡镇人民政府负责人确认")
	}
	return done, err
}

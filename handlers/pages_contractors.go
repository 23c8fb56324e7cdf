package handlers

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/models/households"
	"anju/workflow/trades"
)

// contractorLine is one entry of the register of who may design, build, supervise and appraise (R9–R11).
type contractorLine struct{ Code, Name, Kind, Work, Basis, To, Struck string }

type contractorsData struct {
	shell
	Q     string
	Items []contractorLine
	Total int
	Pager pager
}

// contractorsPage searches the register: the code found here is what the forms of a construction start ask for.
func (a *app) contractorsPage(c *fiber.Ctx, _ *caller) error {
	d := contractorsData{shell: a.shell(c, "承揽名录"), Q: clip(strings.TrimSpace(c.Query("q")), 60)}
	list, total, err := a.store.Contractors(c.UserContext(), households.ContractorQuery{Query: d.Q, Page: max(1, c.QueryInt("page", 1)), PerPage: perPage})
	if err != nil {
		return err
	}
	d.Total = total
	d.Pager, _ = pagerOf(c, total)
	for _, x := range list {
		l := contractorLine{Code: x.Code, Name: x.Name, Kind: map[trades.ContractorKind]string{trades.ContractorOrg: "单位", trades.ContractorPerson: "个人", trades.AppraisalAgency: "鉴定机构"}[x.Kind],
			Basis: trades.ContractorBases[x.Kind][x.Basis], Struck: x.Struck}
		var work []string
		for _, w := range x.Work {
			work = append(work, enumTitle("work", string(w)))
		}
		l.Work = strings.Join(work, "、")
		if x.To != 0 {
			l.To = fmt.Sprint(x.To)
		}
		d.Items = append(d.Items, l)
	}
	return a.show(c, 200, "contractors", d)
}

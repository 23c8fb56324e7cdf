package screens_test

import (
	"bytes"
	"mime/multipart"
	"strings"
)

// opens makes new cases of a chain from the demo's example, all for the next household that may apply; they stay drafts.
func (o *officer) opens(chain string, n int) (list []aCase) {
	o.t.Helper()
	var doc struct {
		Ready struct {
			Household string `json:"household_id"`
			Data      map[string]any
		}
	}
	o.ask("GET", "/chains/"+chain, nil, &doc)
	if doc.Ready.Household == "" {
		o.t.Fatalf("no household is free for %s", chain)
	}
	for range n {
		var c aCase
		o.ask("POST", "/cases", map[string]any{"chain": chain, "household_id": doc.Ready.Household, "application": doc.Ready.Data}, &c)
		list = append(list, o.get(c.ID))
	}
	return list
}

// hands in every paper of a case that is missing.
func (o *officer) hands(c aCase) aCase {
	o.t.Helper()
	for _, m := range c.Materials {
		if m.Present {
			continue
		}
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		if err := form.WriteField("code", m.Code); err != nil {
			o.t.Fatal(err)
		}
		file, err := form.CreateFormFile("file", m.Code+".png")
		if err == nil {
			_, err = file.Write(picture(60, 80))
		}
		if err == nil {
			err = form.Close()
		}
		if err != nil {
			o.t.Fatal(err)
		}
		if got := o.send("POST", "/api/v1/cases/"+c.ID+"/materials", form.FormDataContentType(), b.Bytes()); got.StatusCode >= 300 && !strings.Contains(string(got.body), "不需要") {
			o.t.Fatalf("paper %s: %d %s", m.Code, got.StatusCode, got.body)
		}
	}
	return o.get(c.ID)
}

// moves takes a verb of a case.
func (o *officer) moves(c aCase, verb string, data any) aCase {
	o.t.Helper()
	body := map[string]any{"verb": verb, "seen": o.get(c.ID).Seen}
	if data != nil {
		body["data"] = data
	}
	o.ask("POST", "/cases/"+c.ID+"/moves", body, nil)
	return o.get(c.ID)
}

func (o *officer) records(c aCase, kind string, data any) {
	o.t.Helper()
	o.ask("POST", "/cases/"+c.ID+"/records", map[string]any{"kind": kind, "data": data}, nil)
}

// reviews writes the two sheets that a village's signature asks for.
func (o *officer) reviews(c aCase) {
	o.t.Helper()
	o.records(c, "neighbor_opinion", map[string]any{"east": "agree", "south": "agree", "west": "none", "north": "agree", "names": "东邻赵大明、南邻张志强、北邻孙立"})
	o.records(c, "village_review_sheet", map[string]any{"papers_genuine": true, "plan_conforms": true, "plan_basis": "village_plan", "style_conforms": true,
		"neighbors_consulted": true, "old_homestead_verified": true})
}

package tour

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"anju/workflow"
)

func TestDrawChain(t *testing.T) {
	for _, ch := range workflow.Published() {
		t.Run(string(ch.ID), func(t *testing.T) {
			svg := Draw(ch)
			d := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
			}
			for _, st := range ch.Stages {
				if st.Ends == "" && !strings.Contains(svg, ">"+st.State.Title()+"</text>") {
					t.Errorf("%s is not in the picture", st.State.Title())
				}
				for _, a := range st.Actions {
					if !strings.Contains(svg, a.Title) {
						t.Errorf("%s of %s is not in the picture", a.Title, st.State.Title())
					}
				}
			}
			if svg != Draw(ch) {
				t.Error("drawn twice it is not the same")
			}
		})
	}
}

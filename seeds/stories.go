package seeds

import (
	"fmt"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// story is one case of the demo county.
type story struct {
	chain     workflow.ChainID
	from      time.Time              // when it is typed in
	days      map[glossary.State]int // how long it lies in a stage; one day where nothing is said, forever: it stays there
	household household              // whom it belongs to; a free one of the chain where empty
	then      []workflow.ChainID     // what the household opens when the case has ended, one after the other
	corrected bool                   // the township asks for a correction at intake
	records   []glossary.RecordKind  // written beside the main line the first time the case lies in the joint review
}

const forever = 1000 // days

// script is stories.yml.
type script struct {
	stories []story
	follows map[workflow.ChainID][]workflow.ChainID // what a household of a gated chain has behind it
}

// storyRow is a story as stories.yml writes it.
type storyRow struct {
	Chain     workflow.ChainID       `yaml:"chain"`
	From      string                 `yaml:"from"` // Asia/Shanghai
	Days      map[glossary.State]int `yaml:"days"`
	Stays     glossary.State         `yaml:"stays"`
	Corrected bool                   `yaml:"corrected"`
	Records   []glossary.RecordKind  `yaml:"records"`
}

// readStories reads stories.yml.
func readStories() (script, error) {
	var rows struct {
		Stories []storyRow                              `yaml:"stories"`
		Follows map[workflow.ChainID][]workflow.ChainID `yaml:"follows"`
	}
	if err := readYAML("stories.yml", &rows); err != nil {
		return script{}, err
	}
	all := script{follows: rows.Follows}
	for _, r := range rows.Stories {
		from, err := time.ParseInLocation("2006-01-02 15:04", r.From, calendar.Shanghai)
		if err != nil {
			return script{}, fmt.Errorf("stories.yml: from: %w", err)
		}
		days := map[glossary.State]int{}
		for state, n := range r.Days {
			days[state] = n
		}
		if r.Stays != "" {
			days[r.Stays] = forever
		}
		all.stories = append(all.stories, story{chain: r.Chain, from: from, days: days, corrected: r.Corrected,
			records: r.Records})
	}
	return all, nil
}

// behind returns the stories of the households kept for gated chains: what those follow, done by the time the demo
// begins.
func behind(all []household, follows map[workflow.ChainID][]workflow.ChainID) []story {
	var list []story
	for _, h := range all {
		if chains := follows[workflow.ChainID(h.For)]; len(chains) > 0 {
			n := len(list)
			from := time.Date(2026, time.January, 6+n%9, 9+n%7, 7*n%60, 0, 0, calendar.Shanghai)
			list = append(list, story{household: h, chain: chains[0], then: chains[1:], from: from})
		}
	}
	return list
}

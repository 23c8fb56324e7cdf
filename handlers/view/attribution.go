package view

import (
	"anju/workflow/attribution"
	"anju/workflow/glossary"
)

// Owner is the office or party that time belongs to.
type Owner struct {
	Party  glossary.Party `json:"party" doc:"applicant 申请户，suspension 依法停表，其余为单位的种类"`
	Office string         `json:"office" doc:"单位名称"`
}

// Interval is a stretch of time with its owner.
type Interval struct {
	From    Instant                  `json:"from"`
	To      Instant                  `json:"to"`
	Owner   Owner                    `json:"owner"`
	Stage   glossary.State           `json:"stage"`
	Kind    attribution.IntervalKind `json:"kind" enum:"running,suspended,grace" doc:"running 期限在走，suspended 依法停表，grace 没有期限或轮到申请户"`
	Ground  *string                  `json:"ground" doc:"停表事由；没有停表的为 null"`
	Wall    int                      `json:"wall_minutes"`
	Working int                      `json:"working_minutes"`
}

// Owned is how much time belongs to an owner.
type Owned struct {
	Owner   Owner `json:"owner"`
	Wall    int   `json:"wall_minutes"`
	Working int   `json:"working_minutes"`
}

// Attribution says to which offices the time of a case belongs.
type Attribution struct {
	Intervals []Interval `json:"intervals" doc:"首尾相接，合起来就是办件从录入到办结（未办结的到现在）的全部时间"`
	Totals    []Owned    `json:"totals"`
}

package law

// Rule is one of R1…R126 of the rule list to which the county regulation was read, or a reading A1…A38.
type Rule string

package forms

// The bodies that may discuss an application (A3 meeting.body).
const (
	GroupVillagerMeeting   = "group_villager_meeting"   // 村民小组会议: two thirds attend, more than half of those agree
	MemberAssembly         = "member_assembly"          // 成员大会: two thirds attend, two thirds of all members agree
	MemberDelegateAssembly = "member_delegate_assembly" // 成员代表大会: two thirds attend, two thirds of all delegates agree
)

// Quorate tells whether enough people came: two thirds of those expected, in every body (Villagers Committees
// Law Art. 28, Rural Collectives Law Art. 27). Multiplied out: no fraction is rounded.
func (m MeetingRecord) Quorate() bool { return m.Expected > 0 && 3*m.Present >= 2*m.Expected }

// Carried tells whether the meeting agreed, by the share that its body asks for.
func (m MeetingRecord) Carried() bool {
	if m.Body == GroupVillagerMeeting {
		return 2*m.Agree > m.Present
	}
	return m.Expected > 0 && 3*m.Agree >= 2*m.Expected
}

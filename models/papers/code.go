package papers

import (
	"strconv"
	"strings"

	"anju/workflow"
)

// Tag is a short code for a text that only this county's program can make: links and codes that are given to people
// without an account.
func (s *Store) Tag(purpose, text string) string { return s.db.Keys().Tag(purpose, text) }

// Tagged tells whether a tag was made for the text.
func (s *Store) Tagged(purpose, text, tag string) bool { return s.db.Keys().Tagged(purpose, text, tag) }

// VerifyCode is the code on a paper under which the public checks it: it cannot be guessed from another.
func (s *Store) VerifyCode(document int64) string {
	id := strconv.FormatInt(document, 10)
	return id + "-" + s.Tag("verify", id)
}

// DocumentOf reads a code that VerifyCode made; false for any other.
func (s *Store) DocumentOf(code string) (int64, bool) {
	id, tag, _ := strings.Cut(code, "-")
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && n > 0 && s.Tagged("verify", id, tag)
}

// QueryCode is the code on a slip under which the household follows its case: 64 bits that cannot be guessed.
func (s *Store) QueryCode(id workflow.CaseID) string { return s.caseCode("progress", id) }

// CaseOfCode reads a code that QueryCode made, in whatever case it is typed; false for any other.
func (s *Store) CaseOfCode(code string) (workflow.CaseID, bool) { return s.caseOfTag("progress", code) }

// NoticeCode is the code on a public notice under which its case is read and objected to.
func (s *Store) NoticeCode(id workflow.CaseID) string { return s.caseCode("notice", id) }

// CaseOfNotice reads a code that NoticeCode made, in whatever case it is typed; false for any other.
func (s *Store) CaseOfNotice(code string) (workflow.CaseID, bool) { return s.caseOfTag("notice", code) }

// shortTag is how many digits of a tag such a code has.
const shortTag = 16

func (s *Store) caseCode(purpose string, id workflow.CaseID) string {
	n := strconv.FormatInt(int64(id), 10)
	return n + "-" + s.Tag(purpose, n)[:shortTag]
}

func (s *Store) caseOfTag(purpose, code string) (workflow.CaseID, bool) {
	id, tag, _ := strings.Cut(normalizeCode(code), "-")
	n, err := strconv.ParseInt(id, 10, 64)
	if !s.db.Keys().TaggedPrefix(purpose, id, tag, shortTag) || err != nil || n <= 0 {
		return 0, false
	}
	return workflow.CaseID(n), true
}

// normalizeCode brings a code that a person typed to the form in which it was given.
func normalizeCode(code string) string { return strings.ToLower(workflow.NormalIDNumber(code)) }

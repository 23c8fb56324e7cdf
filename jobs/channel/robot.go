package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

var mobile = regexp.MustCompile(`^1[0-9]{10}$`)

// mention is whom a robot names, by user or by number.
func mention(to string) (users, mobiles []string) {
	switch {
	case to == "":
		return nil, nil
	case mobile.MatchString(to):
		return nil, []string{to}
	}
	return []string{to}, nil
}

// say posts to a robot, which answers everything with 200 and says in the text what it thinks; later are its codes for
// try again.
func (p *poster) say(ctx context.Context, m Message, address string, body any, later []int) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.To == "@all" {
		return fmt.Errorf("%w: everybody is not one person", ErrRefused)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, cut, err := p.post(ctx, m, address, text, nil)
	if err != nil {
		return err
	}
	if cut != nil {
		return fmt.Errorf("%w: %w", ErrUnsure, cut)
	}
	var verdict struct {
		Code *int   `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &verdict); err != nil || verdict.Code == nil {
		return fmt.Errorf("%w: an answer without errcode", ErrUnsure)
	}
	said := fmt.Sprintf("errcode %d: %s", *verdict.Code, hide(p.config, m, verdict.Text))
	switch {
	case *verdict.Code == 0:
		return nil
	case slices.Contains(later, *verdict.Code):
		return errors.New(said)
	}
	return fmt.Errorf("%w: %s", ErrRefused, said)
}

package backend

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strconv"

	"anju/models/org"
)

// Operator returns the account that runs a command, for the log of the administration: that of the operating system, by
// its number where it has no name, and the machine.
func Operator() org.Administrator {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	return org.Administrator{Command: name}
}

// Act is what the log of the administration says of what a command does, in Chinese.
func Act(what, subject string) org.Act { return org.Act{By: Operator(), What: what, Subject: subject} }

// Note writes a line of the log of the administration for a command that is more than one transaction, before it
// begins.
func (b *Backend) Note(ctx context.Context, what, subject string) error {
	if err := b.Store.NoteAct(ctx, Act(what, subject)); err != nil {
		return fmt.Errorf("write the log of the administration: %w", err)
	}
	return nil
}

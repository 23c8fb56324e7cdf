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

// Note writes a line of the log of the administration: what the command did, in Chinese, and to what.
func (b *Backend) Note(ctx context.Context, what, subject string) error {
	if err := b.Store.NoteCommand(ctx, Operator().Command, what, subject); err != nil {
		return fmt.Errorf("write the log of the administration: %w", err)
	}
	return nil
}

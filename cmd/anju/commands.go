package main

import "github.com/spf13/cobra"

// commands lists every command of the program.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		serveCommand(a), migrateCommand(a), seedCommand(a), pure(demoCommand()),
		pure(chainCommand()), pure(deadlineCommand()), calendarCommand(a), slaCommand(a),
		historyCommand(a), backupCommand(a), restoreFrom(a, restoreCommand(a)),
		queueCommand(a), userCommand(a), benchCommand(a), doctorCommand(a), clockCommand(a),
		configCommand(a),
	}
}

// pure is a command that reads no setting, so that none can be in its way.
func pure(c *cobra.Command) *cobra.Command {
	c.PersistentPreRunE = func(*cobra.Command, []string) error { return nil }
	return c
}

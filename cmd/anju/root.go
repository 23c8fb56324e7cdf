package main

import (
	"github.com/spf13/cobra"

	"anju/cmd/anju/failure"
)

// commands lists every command of the program.
func commands(a *program) []*cobra.Command {
	return []*cobra.Command{
		serveCommand(a), migrateCommand(a), seedCommand(a), pure(demoCommand()),
		pure(chainCommand()), deadlineCommand(a), calendarCommand(a), slaCommand(a),
		historyCommand(a), backupCommand(a), restoreFrom(a, restoreCommand(a)), queueCommand(a), userCommand(a),
		benchCommand(a), doctorCommand(a),
		clockCommand(a), configCommand(a), pure(versionCommand()),
	}
}

func newRoot(getenv func(string) (string, bool)) *cobra.Command {
	a := &program{}
	root := &cobra.Command{
		Use:   "anju",
		Short: "Anju 安居: the approval engine for rural self-built housing",
		Long: "Anju 安居 carries an application for a rural house from the counter to its certificates, counts every " +
			"statutory day\n" +
			"and keeps a record that nobody can quietly change.\n\nBegin with: anju serve --demo",
		Version:       readBuild().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	group(root)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return failure.Usagef("%w; see %s --help", err, c.CommandPath())
	})
	settingFlags(root.PersistentFlags())
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) (err error) {
		a.settings, err = readSettings(c.Root().PersistentFlags(), getenv)
		return err
	}
	root.AddCommand(commands(a)...)
	for _, c := range root.Commands() {
		checkArgs(c)
	}
	return root
}

package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
)

func userCommand(a *program) *cobra.Command {
	c := group(&cobra.Command{Use: "user", Short: "accounts: add, list, disable, reset"})
	c.AddCommand(userAdd(a), userList(a), userDisable(a), userReset(a))
	return c
}

// passwordFlag reads the password from the first line of the input, or makes one that is printed once.
func passwordFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("password-stdin", false,
		"read the password from the first line of the input; otherwise one is made and printed")
}

// keepFlag says that the password is the owner's own; otherwise it opens one session within 72 hours, in which it must
// be changed.
func keepFlag(c *cobra.Command) *bool {
	return c.Flags().Bool("keep-password", false,
		"the password is the owner's own: it may stay; otherwise it works once, within 72 hours, and must be changed")
}

func password(c *cobra.Command, fromInput bool) (word string, made bool, err error) {
	if !fromInput {
		return rand.Text()[:20], true, nil
	}
	line, _ := bufio.NewReader(c.InOrStdin()).ReadString('\n') // a last line need not end
	if word = strings.TrimRight(line, "\r\n"); word == "" {
		return "", false, errors.New("no password on the input: write it on the first line")
	}
	if len([]rune(word)) < 10 {
		return "", false, errors.New("the password is shorter than ten characters: choose a longer one")
	}
	return word, false, nil
}

func tell(c *cobra.Command, login, word string, made bool) {
	if made {
		fmt.Fprintf(c.OutOrStdout(), "password of %s: %s\n", login, word)
	}
}

// officeTable lists the kinds of office with their roles, one a line.
func officeTable() string {
	var b strings.Builder
	for _, kind := range workflow.Offices() {
		fmt.Fprintf(&b, "  %-31s  %s  %s\n", kind, kind.Title(), joined(kind.Posts()))
	}
	return b.String()
}

func joined[T ~string](names []T) string {
	words := make([]string, len(names))
	for i, n := range names {
		words[i] = string(n)
	}
	return strings.Join(words, ", ")
}

func userAdd(a *program) *cobra.Command {
	c := &cobra.Command{
		Use: "add LOGIN", Short: "add an account", Args: cobra.ExactArgs(1),
		Long: "Adds an account. Its office is named by its kind and its division; these kinds have these roles:\n\n" +
			officeTable(),
		Example: "  anju user add zhao --name 赵晓梅 --role window_clerk --office township_service_center --division " +
			"140824100000",
	}
	var n org.NewOfficer
	var role, office string
	c.Flags().StringVar(&n.Name, "name", "", "the person's name")
	c.Flags().StringVar(&role, "role", "", "window_clerk, group_head, village_head, village_clerk, office_reviewer, "+
		"township_head, county_clerk, county_head, supervisor, auditor, system_admin, security_admin or audit_admin")
	c.Flags().StringVar(&office, "office", "", "kind of office, one of the list above")
	c.Flags().StringVar(&n.Division, "division", "", "division of the office: 12 digits, of a group 14")
	idFromInput := c.Flags().Bool("id-number-stdin", false,
		"read the ID number from the input, after the password: it keeps the officer from his own household's cases")
	fromInput, keep := passwordFlag(c), keepFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		n.OneTime = !*keep
		n.Login, n.Role, n.Kind = args[0], workflow.Role(role), workflow.Party(office)
		switch {
		case n.Name == "" || office == "" || n.Division == "":
			return failure.Usagef("user add needs --name, --role, --office and --division; see anju user add --help")
		case !slices.Contains(workflow.Roles(), n.Role):
			return failure.Usagef("--role %q is not a role; see anju user add --help", role)
		case len(n.Kind.Posts()) == 0:
			return failure.Usagef("--office %q is not a kind of office; it is one of %s", office, joined(workflow.Offices()))
		case len(n.Division) != 12 && len(n.Division) != 14:
			return failure.Usagef("--division %q is not 12 digits, nor the 14 of a group", n.Division)
		}
		in := bufio.NewReader(c.InOrStdin())
		c.SetIn(in)
		word, made, err := password(c, *fromInput)
		if err != nil {
			return err
		}
		n.Password = word
		if *idFromInput {
			line, _ := in.ReadString('\n')
			n.IDNumber = workflow.NormalIDNumber(strings.TrimSpace(line))
			if msg := workflow.CheckIDNumber(n.IDNumber, calendar.DayOf(time.Now())); msg != "" {
				return errors.New("ID number: " + msg)
			}
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
			if _, err := b.Store.OpenAccount(c.Context(), backend.Operator(), n); err != nil {
				return notAdded(n, err)
			}
			tell(c, n.Login, word, made)
			return nil
		})(c, args)
	}
	return c
}

// notAdded says in one line why an account is not made.
func notAdded(n org.NewOfficer, err error) error {
	var invalid *workflow.Invalid
	switch {
	case !n.Role.At(n.Kind) && errors.As(err, &invalid):
		return fmt.Errorf("a %s has no %s; its roles are %s", n.Kind, n.Role, joined(n.Kind.Posts()))
	case errors.As(err, &invalid):
		return invalidAccount(n, invalid.Fields[0].Field)
	case errors.Is(err, workflow.ErrNotFound):
		return fmt.Errorf("add account %s: there is no %s at %s; offices are those of `anju seed`", n.Login, n.Kind,
			n.Division)
	case errors.Is(err, org.ErrTaken):
		return fmt.Errorf("the login %s is taken; choose another, or give it a new password with anju user reset", n.Login)
	}
	return fmt.Errorf("add account %s: %w", n.Login, err)
}

// invalidAccount says what is wrong with a field of an account.
func invalidAccount(n org.NewOfficer, field string) error {
	switch field {
	case "login":
		return fmt.Errorf("the login %q is not 3 to 40 lower-case letters and digits that begin with a letter; "+
			"choose another", n.Login)
	case "name":
		return fmt.Errorf("the name %q is empty, too long, or has characters that are unseen or turn the text; "+
			"type it again", n.Name)
	}
	return fmt.Errorf("the person of account %s has another account: the three administrators are three persons and "+
		"handle no cases", n.Login)
}

func userList(a *program) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "every account with its role and office"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend.Backend) error {
		officers, err := b.Store.Officers(c.Context())
		if err != nil {
			return err
		}
		type line struct {
			Login    string         `json:"login"`
			Name     string         `json:"name"`
			Role     workflow.Role  `json:"role"`
			Kind     workflow.Party `json:"kind"`
			Office   string         `json:"office"`
			Division string         `json:"division"`
			Active   bool           `json:"active"`
		}
		lines := []line{}
		for _, o := range officers {
			lines = append(lines, line{o.Login, o.Name, o.Role, o.OfficeKind, o.OfficeName, o.Division, o.Active})
		}
		if *asJSON {
			return printJSON(c, lines)
		}
		for _, l := range lines {
			state := ""
			if !l.Active {
				state = "  停用"
			}
			fmt.Fprintf(c.OutOrStdout(), "%-12s %s  %s  %s%s\n", l.Login, l.Name, l.Role, l.Office, state)
		}
		return nil
	})
	return c
}

func userDisable(a *program) *cobra.Command {
	c := &cobra.Command{Use: "disable LOGIN", Short: "close an account at once; its history stays",
		Args: cobra.ExactArgs(1)}
	c.RunE = withDatabase(a, func(c *cobra.Command, args []string, b *backend.Backend) error {
		if err := b.Store.DisableOfficer(c.Context(), backend.Operator(), args[0]); err != nil {
			return accountError(args[0], err)
		}
		return nil
	})
	return c
}

func userReset(a *program) *cobra.Command {
	c := &cobra.Command{Use: "reset LOGIN",
		Short: "give an account a one-time password, end its sessions, and enable it where it is disabled",
		Args:  cobra.ExactArgs(1)}
	fromInput, keep := passwordFlag(c), keepFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		word, made, err := password(c, *fromInput)
		if err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, args []string, b *backend.Backend) error {
			if _, err := b.Store.ResetPassword(c.Context(), backend.Operator(), args[0], word, !*keep); err != nil {
				return accountError(args[0], err)
			}
			tell(c, args[0], word, made)
			return nil
		})(c, args)
	}
	return c
}

func accountError(login string, err error) error {
	if errors.Is(err, workflow.ErrNotFound) {
		return fmt.Errorf("no account is called %s; anju user list names them", login)
	}
	var invalid *workflow.Invalid
	if errors.As(err, &invalid) {
		return fmt.Errorf("account %s: its role does not exist at its office, or its person has another account; open a "+
			"new one with anju user add", login)
	}
	return fmt.Errorf("account %s: %w", login, err)
}

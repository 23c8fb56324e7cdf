package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/tour"
	"anju/handlers"
	"anju/workflow"
	"anju/workflow/table"
)

func chainCommand() *cobra.Command {
	c := group(&cobra.Command{Use: "chain", Short: "the chains of approval: list, show, check, draw"})
	c.AddCommand(chainList(), chainShow(), chainCheck(), chainDraw())
	return c
}

// newest finds a chain by its id; an unknown one is wrong usage and names those there are.
func newest(id string) (workflow.Chain, error) {
	chains := backend.Chains()
	ch, err := chains.Newest(workflow.ChainID(id))
	if errors.Is(err, workflow.ErrNoChain) {
		var known []string
		for _, c := range chains.All() {
			known = append(known, string(c.ID))
		}
		return ch, failure.Usagef("no chain is called %q; there are %s", id, strings.Join(known, ", "))
	}
	return ch, err
}

func chainList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "every chain with its version"}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		type line struct {
			ID      workflow.ChainID `json:"id"`
			Title   string           `json:"title"`
			Version int              `json:"version"`
			InForce string           `json:"in_force"`
			Stages  int              `json:"stages"`
		}
		var lines []line
		for _, ch := range backend.Chains().All() {
			lines = append(lines, line{ch.ID, ch.Title, ch.Version, ch.InForce.String(), len(ch.Stages)})
		}
		if *asJSON {
			return printJSON(c, lines)
		}
		for _, l := range lines {
			fmt.Fprintf(c.OutOrStdout(), "%-16s 第 %d 版  %s 起施行  %2d 个环节  %s\n", l.ID, l.Version, l.InForce, l.Stages, l.Title)
		}
		return nil
	}
	return c
}

func chainShow() *cobra.Command {
	c := &cobra.Command{Use: "show ID", Short: "the table a lawyer signs", Args: cobra.ExactArgs(1)}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		ch, err := newest(args[0])
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(c, handlers.ChainDocument(ch))
		}
		_, err = io.WriteString(c.OutOrStdout(), table.Table(ch))
		return err
	}
	return c
}

func chainCheck() *cobra.Command {
	c := &cobra.Command{Use: "check [ID]", Short: "prove one chain, or every one, fit to run", Args: cobra.MaximumNArgs(1)}
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		chains := backend.Chains() // every version: a case ends under the one it began with
		if len(args) == 1 {
			ch, err := newest(args[0])
			if err != nil {
				return err
			}
			chains = workflow.Chains{ch}
		}
		type result struct {
			ID      workflow.ChainID `json:"id"`
			Version int              `json:"version"`
			Fit     bool             `json:"fit"`
			Faults  []string         `json:"faults"`
		}
		var results []result
		fit := true
		for _, ch := range chains {
			r := result{ch.ID, ch.Version, true, []string{}}
			for _, err := range table.Check(ch) {
				r.Fit, fit = false, false
				r.Faults = append(r.Faults, err.Error())
			}
			results = append(results, r)
		}
		if *asJSON {
			if err := printJSON(c, results); err != nil {
				return err
			}
		} else {
			for _, r := range results {
				word := "ok"
				if !r.Fit {
					word = "not fit to run"
				}
				fmt.Fprintf(c.OutOrStdout(), "%s version %d: %s\n", r.ID, r.Version, word)
				for _, f := range r.Faults {
					fmt.Fprintln(c.OutOrStdout(), "  "+failure.OneLine(f))
				}
			}
		}
		if !fit {
			return errors.New("a chain is not fit to run: mend the rows named above")
		}
		return nil
	}
	return c
}

func chainDraw() *cobra.Command {
	c := &cobra.Command{Use: "draw ID", Short: "the chain as a graph", Args: cobra.ExactArgs(1)}
	format := c.Flags().String("format", "dot", "dot, mermaid or svg")
	c.RunE = func(c *cobra.Command, args []string) error {
		ch, err := newest(args[0])
		if err != nil {
			return err
		}
		var text string
		switch *format {
		case "dot":
			text = table.Dot(ch)
		case "mermaid":
			text = table.Mermaid(ch)
		case "svg":
			text = tour.Draw(ch)
		default:
			return failure.Usagef("--format %q is none of dot, mermaid, svg", *format)
		}
		_, err = io.WriteString(c.OutOrStdout(), text)
		return err
	}
	return c
}

package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// largestCalendar bounds what is read as a calendar: a year is two kilobytes.
const largestCalendar = 1 << 20

// readYears reads a file of one year, as `anju calendar show YEAR --json` prints it, or of an array of them. A file that cannot be
// opened is wrong usage; one that does not hold is refused in one sentence.
func readYears(file string) ([]calendar.Year, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, usagef("%w; give the file of a year's notice", plain(err))
	}
	if info.Size() > largestCalendar || !info.Mode().IsRegular() {
		return nil, usagef("%s is no file of a year's notice", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, usagef("%w; give a readable file", plain(err))
	}
	years, err := calendar.ParseYears(text)
	if err != nil {
		return nil, notHeld(file, err)
	}
	return years, nil
}

// notHeld words what is wrong with a notice.
func notHeld(file string, err error) error {
	return fmt.Errorf("%s does not hold: %s; nothing was changed", file, oneLine(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "calendar "), "year: ")))
}

// withYears is a calendar in which the years given stand in the place of its own.
func withYears(cal *calendar.Calendar, years []calendar.Year) (*calendar.Calendar, error) {
	all := slices.Clone(years)
	for _, y := range cal.Years() {
		if !slices.ContainsFunc(years, func(o calendar.Year) bool { return o.Year == y.Year }) {
			all = append(all, y)
		}
	}
	return calendar.New(cal.Version()+1, all...)
}

// importedJSON is the shape that scripts read.
type importedJSON struct {
	DryRun  bool            `json:"dry_run"`
	Version int             `json:"version"` // of the calendar in force after it
	Years   []int           `json:"years"`   // that differ from what was in force
	Moved   []recountedJSON `json:"moved"`
	Held    []recountedJSON `json:"held"`   // due already: recorded, and not changed
	Doubts  []string        `json:"doubts"` // what is odd in a notice that may still be true
}

type recountedJSON struct {
	CaseID   string         `json:"case_id"`
	Number   string         `json:"number"`
	Division string         `json:"division"`
	Stage    glossary.State `json:"stage"`
	Limit    law.LimitID    `json:"limit"`
	Was      calendar.Day   `json:"was"`
	Is       calendar.Day   `json:"is"`
	Settled  bool           `json:"settled"` // was provisional and is no longer
	Why      string         `json:"why"`
}

func calendarImport(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "import FILE", Short: "put a year's notice of the State Council in force and recount every open deadline", Args: cobra.ExactArgs(1),
		Long: "Reads one year or an array of years, in the form of `anju calendar show YEAR --json`. Where it differs from what is in force a new\n" +
			"version of the calendar begins and every open deadline is counted again, all in one transaction. What is due already stays:\n" +
			"a standing red card falls by the auditor's ruling alone. With --dry-run nothing is written.",
		Example: "  anju calendar show 2026 --json > 2026.json\n  anju calendar import 2026.json --dry-run",
	}
	dry := c.Flags().Bool("dry-run", false, "list what would move, and write nothing")
	as := c.Flags().String("as", "", "login of the system administrator who imports it; otherwise the program itself stands in the history")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		years, err := readYears(args[0])
		if err != nil {
			return err
		}
		return withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
			by, err := b.administrator(c, *as)
			if err != nil {
				return err
			}
			svc, _, err := b.service(c.Context())
			if err != nil {
				return err
			}
			done, err := svc.ImportCalendar(c.Context(), by, years, *dry)
			if errors.As(err, new(*calendar.Refused)) {
				return notHeld(args[0], err)
			}
			if err != nil {
				return fmt.Errorf("import the calendar: %w; nothing was changed", err)
			}
			if !*dry && len(done.Years) > 0 {
				if err := b.note(c.Context(), "导入工作日历", fmt.Sprintf("第 %d 版", done.Version)); err != nil {
					return err
				}
			}
			j := importedOf(done, *dry)
			for _, y := range years {
				if doubt := y.Doubt(); doubt != "" {
					j.Doubts = append(j.Doubts, doubt)
				}
			}
			if *asJSON {
				return printJSON(c, j)
			}
			printImported(c, j)
			return nil
		})(c, args)
	}
	return c
}

// administrator finds who imports: nobody but an administrator of the system may, where somebody is named.
func (b *backend) administrator(c *cobra.Command, login string) (workflow.OfficerID, error) {
	if login == "" {
		return 0, nil
	}
	officers, err := b.store.Officers(c.Context())
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(officers, func(o models.Officer) bool { return o.Login == login })
	switch {
	case i < 0:
		return 0, accountError(login, workflow.ErrNotFound)
	case !officers[i].Active || officers[i].Role != glossary.SystemAdmin:
		return 0, fmt.Errorf("account %s is no active %s; only one may import a calendar", login, glossary.SystemAdmin)
	}
	return officers[i].ID, nil
}

func importedOf(done workflow.Imported, dry bool) importedJSON {
	j := importedJSON{DryRun: dry, Version: done.Version, Years: done.Years, Moved: []recountedJSON{}, Held: []recountedJSON{}, Doubts: []string{}}
	if j.Years == nil {
		j.Years = []int{}
	}
	for _, m := range done.Moves {
		row := recountedJSON{fmt.Sprint(m.Case), m.Number, m.Division, m.Stage, m.Limit, m.Was, m.Is, m.Settled, m.Why}
		if m.Held {
			j.Held = append(j.Held, row)
		} else {
			j.Moved = append(j.Moved, row)
		}
	}
	return j
}

func printImported(c *cobra.Command, j importedJSON) {
	out := c.OutOrStdout()
	for _, doubt := range j.Doubts {
		fmt.Fprintf(out, "注意：%s\n", doubt)
	}
	if len(j.Years) == 0 {
		fmt.Fprintf(out, "与现行工作日历（第 %d 版）一致，没有变动\n", j.Version)
		return
	}
	word := "已导入"
	if j.DryRun {
		word = "试算，未改动任何数据"
	}
	fmt.Fprintf(out, "工作日历第 %d 版，%s 年有变动；%s\n", j.Version, yearList(j.Years), word)
	printRecounted(c, fmt.Sprintf("改期 %d 个在办期限", len(j.Moved)), "改为", j.Moved)
	printRecounted(c, fmt.Sprintf("已到期，不改 %d 个，红牌由效能审核员裁定", len(j.Held)), "按新日历应为", j.Held)
}

func printRecounted(c *cobra.Command, title, is string, rows []recountedJSON) {
	if len(rows) == 0 {
		fmt.Fprintln(c.OutOrStdout(), title)
		return
	}
	fmt.Fprintln(c.OutOrStdout(), title+"：")
	l := listing{}
	l.table.Header = []string{"办件编号", "环节", "期限", "原到期日", is, "原因"}
	l.table.Rows = func(yield func([]string, error) bool) {
		for _, r := range rows {
			why := r.Why
			if r.Settled {
				why = strings.TrimPrefix(why+"，由暂定转为确定", "，")
			}
			if !yield([]string{r.Number, r.Stage.Title(), string(r.Limit), r.Was.String(), r.Is.String(), why}, nil) {
				return
			}
		}
	}
	_ = l.text(c.OutOrStdout()) // as all that is printed
}

type versionJSON struct {
	Version    int       `json:"version"`
	ImportedAt time.Time `json:"imported_at"`
	By         *string   `json:"by"` // null: the program itself
	Years      []int     `json:"years"`
	Notices    []string  `json:"notices"`
}

func calendarVersions(a *app) *cobra.Command {
	c := &cobra.Command{Use: "versions", Short: "every version of the calendar, the newest first: when, by whom, which years"}
	asJSON := jsonFlag(c)
	c.RunE = withDatabase(a, func(c *cobra.Command, _ []string, b *backend) error {
		list, err := b.store.CalendarVersions(c.Context())
		if err != nil {
			return err
		}
		versions := make([]versionJSON, len(list))
		for i, v := range list {
			versions[i] = versionJSON{Version: v.Version, ImportedAt: v.ImportedAt.In(calendar.Shanghai), Years: []int{}, Notices: []string{}}
			if v.By != "" {
				versions[i].By = &v.By
			}
			for _, y := range v.Years {
				versions[i].Years, versions[i].Notices = append(versions[i].Years, y.Year), append(versions[i].Notices, y.Notice)
			}
		}
		if *asJSON {
			return printJSON(c, versions)
		}
		return versionList(versions).text(c.OutOrStdout())
	})
	return c
}

func versionList(versions []versionJSON) listing {
	l := listing{right: []int{0}}
	l.table.Header = []string{"版本", "导入时间", "导入人", "年份"}
	l.table.Rows = func(yield func([]string, error) bool) {
		for _, v := range versions {
			by := "系统"
			if v.By != nil {
				by = *v.By
			}
			if !yield([]string{fmt.Sprint(v.Version), v.ImportedAt.Format("2006-01-02 15:04"), by, yearList(v.Years)}, nil) {
				return
			}
		}
	}
	return l
}

func yearList(years []int) string {
	texts := make([]string, len(years))
	for i, y := range years {
		texts[i] = fmt.Sprint(y)
	}
	return strings.Join(texts, "、")
}

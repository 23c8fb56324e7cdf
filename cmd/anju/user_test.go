package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/failure"
	"anju/cmd/anju/settings"
	"anju/workflow"
)

// A login has one writing, and a name no character that is unseen or turns the text, by the command too.
func TestUserAddRefusesATwin(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	try := func(args ...string) (int, string) {
		var out, errOut strings.Builder
		return run(t.Context(), append(args, "--data", data), strings.NewReader(""), &out, &errOut), errOut.String()
	}
	add := func(login, name, role string) (int, string) {
		return try(
			"user",
			"add",
			login,
			"--name",
			name,
			"--role",
			role,
			"--office",
			"township_service_center",
			"--division",
			"140824100000",
		)
	}
	for _, line := range []string{"migrate up", "seed"} {
		if code, said := try(strings.Fields(line)...); code != exitDone {
			t.Fatal(code, said)
		}
	}
	if code, said := add("vil", "马\u200b九", "window_clerk"); code != exitDone {
		t.Fatal(code, said)
	}
	for _, c := range []struct{ login, name, role, says string }{
		{"VIL", "马九", "window_clerk", "lower-case"}, {"v", "马九", "window_clerk", "lower-case"},
		{"vil2", "马\u202e三", "window_clerk", "turn the text"},
		{"vil2", "马三", "village_head", "has no village_head"},
	} {
		if code, said := add(
			c.login,
			c.name,
			c.role,
		); code != exitFalse || !strings.Contains(said, c.says) ||
			strings.Count(said, "\n") != 1 {
			t.Errorf("%s %q: %d %s", c.login, c.name, code, said)
		}
	}
	if code, said := try(
		"user",
		"add",
		"vil2",
		"--name",
		"马三",
		"--role",
		"window_clerk",
		"--office",
		"counter",
		"--division",
		"140824100000",
	); code != exitUsage ||
		!strings.Contains(said, "village_organization") {
		t.Errorf("an office of no kind: %d %s", code, said)
	}
	var out, errOut strings.Builder
	run(t.Context(), []string{"user", "list", "--data", data}, strings.NewReader(""), &out, &errOut)
	if list := out.String(); strings.Count(list, "\n") != 1 || !strings.Contains(list, " 马九 ") {
		t.Errorf("accounts:\n%s%s", list, errOut.String())
	}
}

// TestCommandsLeaveALine runs the commands that change what the administration keeps, and reads the log of the audit
// administrator.
func TestCommandsLeaveALine(t *testing.T) { // offices X12
	t.Parallel()
	data := t.TempDir()
	s := settings.Settings{
		Data:    data,
		DB:      filepath.Join(data, "anju.db"),
		KeyFile: filepath.Join(data, "master.key"),
		From:    map[string]string{"key-file": "default"},
	}
	notice := filepath.Join(t.TempDir(), "2027.json")
	writeFile(t, notice, `{"year": 2027, "notice": "2027年放假安排（假想）", "off": ["2027-01-01/2027-01-03"], "work": []}`)
	for _, line := range []string{
		"migrate up", "seed",
		"user add zhao --name 赵 --role window_clerk --office township_service_center --division 140824100000",
		"user reset zhao", "user disable zhao", "calendar import " + notice, "calendar import " + notice + " --dry-run",
		"calendar import " + notice,
	} {
		var out, errOut strings.Builder
		if code := run(
			t.Context(),
			append(strings.Fields(line), "--data", data),
			strings.NewReader(""),
			&out,
			&errOut,
		); code != exitDone {
			t.Fatalf("anju %s: %d %s", line, code, errOut.String())
		}
	}
	b, err := backend.Open(t.Context(), s, backend.Opening{})
	if err != nil {
		t.Fatal(err)
	}
	acts, _, err := b.Store.AdminActs(t.Context(), 1, 20)
	if err := failure.First(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range slices.Backward(acts) {
		if want := "系统（命令行，用户 " + backend.Operator().Command + "）"; a.Officer != want {
			t.Errorf("%s was done by %q, want %q", a.What, a.Officer, want)
		}
		said = append(said, a.What+" "+a.Subject)
	}
	want := []string{"装入初始数据 区划、机构和日历", "开通账号：窗口受理员 zhao", "重置密码 zhao", "停用账号 zhao", "导入工作日历 第 2 版"}
	if !slices.Equal(said, want) {
		t.Errorf("the log says\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
}

// The kinds of office are told where they are asked for: in the help, and where another word was given.
func TestKindsOfOfficeAreTold(t *testing.T) {
	t.Parallel()
	said := func(args ...string) string {
		var out strings.Builder
		run(t.Context(), append(args, "--data", t.TempDir()), strings.NewReader(""), &out, &out)
		return out.String()
	}
	help := said("user", "add", "--help")
	wrong := said(
		"user",
		"add",
		"zhao",
		"--name",
		"赵",
		"--role",
		"window_clerk",
		"--office",
		"counter",
		"--division",
		"140824100000",
	)
	var roles []workflow.Role
	for _, kind := range workflow.Offices() {
		roles = append(roles, kind.Posts()...)
		if !strings.Contains(help, string(kind)) || !strings.Contains(wrong, string(kind)) || len(kind.Posts()) == 0 {
			t.Errorf("%s is not told:\n%s\n%s", kind, help, wrong)
		}
	}
	for _, role := range workflow.Roles() {
		if !slices.Contains(roles, role) {
			t.Errorf("no kind of office that is told has a %s", role)
		}
	}
}

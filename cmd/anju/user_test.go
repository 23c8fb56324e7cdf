package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anju/workflow"
)

// TestCommandsLeaveALine runs the commands that change what the administration keeps, and reads the log of the audit administrator.
func TestCommandsLeaveALine(t *testing.T) { // offices X12
	data := t.TempDir()
	s := settings{Data: data, DB: filepath.Join(data, "anju.db"), KeyFile: filepath.Join(data, "master.key"), from: map[string]string{"key-file": "default"}}
	notice := filepath.Join(t.TempDir(), "2027.json")
	writeFile(t, notice, `{"year": 2027, "notice": "2027年放假安排（假想）", "off": ["2027-01-01/2027-01-03"], "work": []}`)
	for _, line := range []string{
		"migrate up", "seed",
		"user add zhao --name 赵 --role window_clerk --office township_service_center --division 140824100000",
		"user reset zhao", "user disable zhao", "calendar import " + notice, "calendar import " + notice + " --dry-run", "calendar import " + notice,
	} {
		var out, errOut strings.Builder
		if code := run(t.Context(), append(strings.Fields(line), "--data", data), strings.NewReader(""), &out, &errOut); code != exitDone {
			t.Fatalf("anju %s: %d %s", line, code, errOut.String())
		}
	}
	b, err := openBackend(t.Context(), s, opening{})
	if err != nil {
		t.Fatal(err)
	}
	acts, _, err := b.store.AdminActs(t.Context(), 1, 20)
	if err := firstError(err, b.close()); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, a := range slices.Backward(acts) {
		if want := "系统（命令行，用户 " + operator().Command + "）"; a.Officer != want {
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
	said := func(args ...string) string {
		var out strings.Builder
		run(t.Context(), append(args, "--data", t.TempDir()), strings.NewReader(""), &out, &out)
		return out.String()
	}
	help := said("user", "add", "--help")
	wrong := said("user", "add", "zhao", "--name", "赵", "--role", "window_clerk", "--office", "counter", "--division", "140824100000")
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

package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"anju/cmd/anju/failure"
)

// clientCommand prepares pg_dump or pg_restore, the password out of sight of other users of the machine. It fails where
// the program is not installed or is older than the server, which it could then not read.
func clientCommand(ctx context.Context, name, database string, server int, args ...string) (*exec.Cmd, error) {
	install := fmt.Sprintf("install the client programs of PostgreSQL %d (package postgresql-client-%d) on this machine",
		server, server)
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fmt.Errorf("%s is not installed; %s", name, install)
	}
	said, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("%s --version: %w", path, err)
	}
	found := regexp.MustCompile(`(\d+)[.\d]*`).FindStringSubmatch(string(said))
	if len(found) == 0 {
		return nil, fmt.Errorf("%s does not tell its version: %q", path, failure.OneLine(string(said)))
	}
	if have, _ := strconv.Atoi(found[1]); have < server {
		return nil, fmt.Errorf("%s is of version %d and the server of version %d; %s", name, have, server, install)
	}
	u, err := url.Parse(database)
	if err != nil {
		return nil, errors.New("the address of the database cannot be read")
	}
	password, _ := u.User.Password()
	q := u.Query()
	if p := q.Get("password"); p != "" {
		password = p
		q.Del("password")
		u.RawQuery = q.Encode()
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	cmd := exec.CommandContext(ctx, path, append(args, "--no-password", "--dbname="+u.String())...)
	cmd.Env = append(os.Environ(), "PGAPPNAME=anju "+name)
	if password != "" {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
	}
	cmd.WaitDelay = 10 * time.Second
	return cmd, nil
}

// dumpPostgres runs pg_dump on an exported snapshot and hands its output on.
func dumpPostgres(ctx context.Context, database, snapshot string, server int, take func(io.Reader) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd, err := clientCommand(ctx, "pg_dump", database, server, "--format=custom", "--no-owner", "--no-privileges",
		"--lock-wait-timeout=60000", "--snapshot="+snapshot)
	if err != nil {
		return err
	}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("pg_dump: %w", err)
	}
	took := take(out)
	if took != nil {
		stop() // its output is no longer read
	}
	if err := cmd.Wait(); err != nil && took == nil {
		return fmt.Errorf("pg_dump: %s", clientError(said.String(), err))
	}
	return took
}

// restorePostgres runs pg_restore: all of the dump comes in, or nothing.
func restorePostgres(ctx context.Context, database string, server int, dump string) error {
	cmd, err := clientCommand(ctx, "pg_restore", database, server, "--single-transaction", "--exit-on-error", "--no-owner",
		"--no-privileges")
	if err != nil {
		return err
	}
	cmd.Args = append(cmd.Args, dump)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_restore: %s", clientError(string(said), err))
	}
	return nil
}

// clientError is the first line in which a client program says what failed.
func clientError(said string, err error) string {
	for line := range strings.Lines(said) {
		if _, text, ok := strings.Cut(line, "error: "); ok {
			return strings.TrimSpace(text)
		}
	}
	if text := failure.FirstLine(said); text != "" {
		return text
	}
	return err.Error()
}

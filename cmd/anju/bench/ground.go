package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"anju/cmd/anju/backend"
	"anju/cmd/anju/settings"
	"anju/models"
	database "anju/models/db"
)

// workspace is where a benchmark is run: a schema of its own on a given server, and keys of its own, all gone at the
// end.
type workspace struct {
	url     string
	schema  string
	version string // of the server, as a result names it
	admin   *pgx.Conn
	folder  string
	keys    *database.Keyring
}

func openWorkspace(ctx context.Context, address string, say func(string, ...any)) (_ *workspace, err error) {
	g := &workspace{url: address, schema: fmt.Sprintf("anju_bench_%d", os.Getpid())}
	here, err := inSchema(address, map[string]string{"search_path": g.schema, "timezone": "UTC"})
	if err != nil {
		return nil, err
	}
	if g.admin, err = pgx.Connect(ctx, here); err != nil {
		return nil, fmt.Errorf("database %s: %w; check ANJU_DB and that the server runs", settings.Mask(address),
			errors.Unwrap(err))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close(ctx))
		}
	}()
	var fsync, commit string
	if err := g.admin.QueryRow(ctx, "SELECT current_setting('server_version'), current_setting('fsync'), "+
		"current_setting('synchronous_commit')").Scan(&g.version, &fsync, &commit); err != nil {
		return nil, err
	}
	if fsync != "on" || commit != "on" {
		say("fsync or synchronous_commit is off on this server: the figures say nothing about a real one")
	}
	g.version, _, _ = strings.Cut(g.version, " ")
	g.version = "postgresql " + g.version
	if _, err := g.admin.Exec(ctx, "CREATE SCHEMA "+g.schema); err != nil {
		return nil, fmt.Errorf("make a schema for the benchmark: %w; the user of ANJU_DB needs CREATE on the database", err)
	}
	if g.folder, err = os.MkdirTemp("", "anju-bench-"); err != nil {
		return nil, err
	}
	g.keys, err = database.LoadKeyring(filepath.Join(g.folder, "master.key"), true)
	return g, err
}

// close drops all that the benchmark made, even after an interruption.
func (g *workspace) close(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if g.admin.IsClosed() { // the interruption broke it off
		fresh, err := pgx.Connect(ctx, g.url)
		if err != nil {
			return err
		}
		g.admin = fresh
	}
	_, err := g.admin.Exec(ctx, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS "+g.schema+
		" CASCADE; DROP SCHEMA IF EXISTS "+g.schema+"_limit CASCADE")
	return errors.Join(err, g.admin.Close(ctx), os.RemoveAll(g.folder))
}

// checkpoint begins a round with a clean log; it needs rights that a given server may not grant.
func (g *workspace) checkpoint(ctx context.Context) { _, _ = g.admin.Exec(ctx, "CHECKPOINT") }

// open opens the schema as the program would, with parameters of the session added. maxConns 0 is what the program
// takes.
func (g *workspace) open(ctx context.Context, clock *backend.Clock, maxConns int,
	params map[string]string) (*backend.Backend, error) {
	all := map[string]string{"search_path": g.schema}
	for k, v := range params {
		all[k] = v
	}
	u, err := inSchema(g.url, all)
	if err != nil {
		return nil, err
	}
	db, err := database.Open(ctx, database.Options{URL: u, MaxConns: maxConns, Keys: g.keys, Now: clock.Now})
	if err != nil {
		return nil, err
	}
	return &backend.Backend{DB: db, Store: models.NewStore(db, backend.Chains()), Now: clock.Now}, nil
}

// inSchema gives the URL with parameters of the session added.
func inSchema(raw string, params map[string]string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return "", errors.New("ANJU_DB is not a URL of PostgreSQL: write it as postgres://user:password@host/database")
	}
	q := u.Query()
	for k, v := range params {
		q.Set(k, v)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

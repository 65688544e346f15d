// Package postgres starts a throw-away PostgreSQL cluster for tests: one for
// each test binary, a database for each test. What the databases promise is
// package storagetest's.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"

	"countersign/internal/storage"
	"countersign/internal/storage/storagetest"
)

// errAbsent says that this machine has no PostgreSQL to start.
var errAbsent = errors.New("PostgreSQL's server programs are not installed (Debian: apt-get install postgresql)")

// keeper runs the server until its standard input ends, which is when the
// test binary ends, however it ends, and then leaves nothing behind. An
// interrupt from the keyboard reaches it as well, and must not end it first.
const keeper = `trap "" INT
"$1/postgres" -D "$2/data" -k "$2" -h "" -c fsync=on -c synchronous_commit=on -c max_connections=200 \
  -c shared_buffers=32MB -c max_wal_size=256MB -c log_min_messages=warning >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$2"`

const template = "portal_template"

// cluster is the one server of this test binary.
type cluster struct {
	folder string
	alive  io.WriteCloser // the keeper's standard input
	admin  *sql.DB
	last   atomic.Int64
}

var started = sync.OnceValues(start)

// Database gives the address of a new database with the program's own schema.
// Without PostgreSQL the test is skipped on a laptop and fails when CI=true.
func Database(t testing.TB) string { return create(t, template) }

// Empty gives the address of a new database without any schema.
func Empty(t testing.TB) string { return create(t, "template0") }

func create(t testing.TB, from string) string {
	t.Helper()
	c, err := started()
	if errors.Is(err, errAbsent) && os.Getenv("CI") != "true" {
		t.Skipf("left out: %v", err)
	}
	if err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
	name := "test_" + strconv.FormatInt(c.last.Add(1), 10)
	if _, err := c.admin.ExecContext(t.Context(), "create database "+name+" template "+from); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() { // hundreds of them would fill the memory
		if _, err := c.admin.ExecContext(context.Background(), "drop database "+name+" with (force)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return c.address(name)
}

func (c *cluster) address(database string) string {
	return "postgres://portal@/" + database + "?host=" + url.QueryEscape(c.folder)
}

func start() (*cluster, error) {
	programs, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := owner()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(storagetest.Quick(), "portal-postgres-")
	if err != nil {
		return nil, err
	}
	if as != nil {
		if err := os.Chown(folder, int(as.Credential.Uid), int(as.Credential.Gid)); err != nil {
			return nil, err
		}
	}
	c := &cluster{folder: folder}
	if err := c.run(programs, as); err != nil {
		if c.alive != nil {
			_ = c.alive.Close() // the keeper clears up; the first error counts
		} else {
			_ = os.RemoveAll(folder)
		}
		return nil, err
	}
	return c, nil
}

func (c *cluster) run(programs string, as *syscall.SysProcAttr) error {
	initdb := exec.Command(filepath.Join(programs, "initdb"), "-D", filepath.Join(c.folder, "data"), "-U", "portal", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, c.folder
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	server := exec.Command("/bin/sh", "-c", keeper, "keeper", programs, c.folder)
	server.SysProcAttr, server.Dir = as, "/"
	var err error
	if c.alive, err = server.StdinPipe(); err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	if c.admin, err = sql.Open("pgx", c.address("postgres")); err != nil {
		return err
	}
	if err := c.answers(); err != nil {
		return err
	}
	ctx := context.Background()
	if _, err := c.admin.ExecContext(ctx, "create database "+template+" template template0"); err != nil {
		return err
	}
	return storage.Migrate(ctx, c.address(template), slog.New(slog.DiscardHandler))
}

// answers waits for the server: it says nothing when it is ready, so it is
// asked again and again.
func (c *cluster) answers() error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	var err error
	for range 1500 {
		if err = c.admin.Ping(); err == nil {
			return nil
		}
		<-again.C
	}
	said, _ := os.ReadFile(filepath.Join(c.folder, "log")) // for the message alone
	return fmt.Errorf("the server does not answer: %w: %s", err, said)
}

// programs finds the folder of the newest server, which Debian keeps out of
// the path.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres") // only a bad pattern fails
	newest, folder := 0.0, ""
	for _, each := range found {
		version, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(each))), 64)
		if err == nil && version > newest {
			newest, folder = version, filepath.Dir(each)
		}
	}
	if folder != "" {
		return folder, nil
	}
	if each, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(each), nil
	}
	return "", errAbsent
}

// owner is the account the server runs as: it refuses root.
func owner() (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL does not run as root: %w", err)
	}
	uid, uidErr := strconv.ParseUint(strings.TrimSpace(account.Uid), 10, 32)
	gid, gidErr := strconv.ParseUint(strings.TrimSpace(account.Gid), 10, 32)
	if err := errors.Join(uidErr, gidErr); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}

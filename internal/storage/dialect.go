package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // registers "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// dialect is what the two databases cannot share.
type dialect struct {
	folder   string // of migrations
	provider func(*sql.DB, fs.FS) (*goose.Provider, error)
	lostRace func(error) bool // may be run again
	leaning  *sql.TxOptions   // of a transaction that leans on more than it changes

	alone      func(context.Context, *sql.Tx) error // makes a transaction wait until no other keeps the log
	skipLocked string                               // passes over rows another transaction holds; SQLite's writers queue anyway
}

func init() {
	// A second handle on the database file, once closed, would otherwise drop
	// SQLite's locks, and committed rows with them.
	sqlite.OFDLocking(true)
	sqlite.StrictPragmas(true)
}

func connect(ctx context.Context, address string, create bool) (*DB, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return connectSQLite(ctx, path, create)
	}
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return connectPostgres(ctx, address)
	}
	return nil, errors.New("the database address must begin with sqlite: or postgres://")
}

func connectSQLite(ctx context.Context, path string, create bool) (*DB, error) {
	if _, err := os.Stat(path); err != nil && !create {
		return nil, fmt.Errorf("there is no database at %s: run `countersign migrate` first: %w", path, err)
	}
	const shared = "_busy_timeout=5000&_pragma=cache_size(-65536)"
	writer, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_defensive=1&_pragma=temp_store(2)&"+shared)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	d := &DB{writer: writer, dialect: dialect{folder: "sqlite", lostRace: sqliteBusy, alone: func(context.Context, *sql.Tx) error { return nil }, // every writer is alone
		provider: func(pool *sql.DB, files fs.FS) (*goose.Provider, error) {
			return goose.NewProvider(goose.DialectSQLite3, pool, files)
		}}}
	if err := soundSQLite(ctx, writer); err != nil { // also creates the file, which a reader cannot
		return nil, errors.Join(err, writer.Close())
	}
	if d.reader, err = sql.Open("sqlite", "file:"+path+"?mode=ro&_query_only=1&_pragma=mmap_size(268435456)&"+shared); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s for reading: %w", path, err), writer.Close())
	}
	d.reader.SetMaxOpenConns(2 * runtime.GOMAXPROCS(0))
	d.reader.SetMaxIdleConns(2 * runtime.GOMAXPROCS(0))
	return d, nil
}

// soundSQLite refuses a library that is too old, or a connection that would
// not keep what it acknowledged.
func soundSQLite(ctx context.Context, pool *sql.DB) error {
	var version, journal string
	var synchronous, foreign int
	err := errors.Join(
		pool.QueryRowContext(ctx, "select sqlite_version()").Scan(&version),
		pool.QueryRowContext(ctx, "pragma journal_mode").Scan(&journal),
		pool.QueryRowContext(ctx, "pragma synchronous").Scan(&synchronous),
		pool.QueryRowContext(ctx, "pragma foreign_keys").Scan(&foreign))
	if err != nil {
		return fmt.Errorf("check SQLite: %w", err)
	}
	var major, minor, patch int
	if _, err := fmt.Sscanf(version, "%d.%d.%d", &major, &minor, &patch); err != nil {
		return fmt.Errorf("read SQLite's version %q: %w", version, err)
	}
	if major*1_000_000+minor*1_000+patch < 3_051_003 {
		return fmt.Errorf("SQLite %s is too old: 3.51.3 or later is needed", version)
	}
	if journal != "wal" || synchronous != 2 || foreign != 1 {
		return fmt.Errorf("SQLite is not set for safe keeping (journal %s, synchronous %d, foreign keys %d): put the database on a local disk", journal, synchronous, foreign)
	}
	return nil
}

func sqliteBusy(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && failure.Code()&0xff == sqlite3.SQLITE_BUSY
}

func connectPostgres(ctx context.Context, address string) (*DB, error) {
	pool, err := sql.Open("pgx", address)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool.SetMaxOpenConns(8 * runtime.GOMAXPROCS(0))
	pool.SetMaxIdleConns(4 * runtime.GOMAXPROCS(0))
	var commit string
	if err := pool.QueryRowContext(ctx, "show synchronous_commit").Scan(&commit); err != nil {
		return nil, errors.Join(fmt.Errorf("reach PostgreSQL: %w", err), pool.Close())
	}
	if commit == "off" {
		return nil, errors.Join(errors.New("PostgreSQL has synchronous_commit off: what it acknowledges could be lost; turn it on"), pool.Close())
	}
	return &DB{reader: pool, writer: pool, dialect: dialect{folder: "postgres", lostRace: postgresRace, skipLocked: "for update skip locked", alone: lockLog, leaning: &sql.TxOptions{Isolation: sql.LevelSerializable},
		provider: func(pool *sql.DB, files fs.FS) (*goose.Provider, error) {
			locker, err := lock.NewPostgresSessionLocker()
			if err != nil {
				return nil, err
			}
			return goose.NewProvider(goose.DialectPostgres, pool, files, goose.WithSessionLocker(locker))
		}}}, nil
}

// postgresRace knows serialisation failures and deadlocks, which leave nothing
// behind and may be run again.
func postgresRace(err error) bool {
	failure, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (failure.Code == "40001" || failure.Code == "40P01")
}

// logLock is the number of the advisory lock under which the log grows.
const logLock = 0x636c6f67

func lockLog(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock($1)", logLock); err != nil {
		return fmt.Errorf("wait for the log: %w", err)
	}
	return nil
}

// taken tells whether a unique rule refused the row.
func taken(err error) bool {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code == "23505"
	}
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && (failure.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || failure.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

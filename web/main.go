// Command countersign is the portal in which chief executives answer for cyber
// alerts, assessments and statements by name. `countersign serve` runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"countersign/internal/storage"
)

// commands are what the program can do.
type commands struct {
	Config string `help:"File of settings, one COUNTERSIGN_NAME=value a line." placeholder:"FILE"`

	Serve         serveCommand     `cmd:"" help:"Run the portal."`
	Migrate       migrateCommand   `cmd:"" help:"Bring the database to this program's version."`
	Import        importCommand    `cmd:"" help:"Bring data in from a file."`
	Fsck          fsckCommand      `cmd:"" help:"Compare database, public log and files, and name what does not agree. Changes nothing."`
	Retention     retentionCommand `cmd:"" help:"List signed statements that have been kept as long as COUNTERSIGN_RETENTION_YEARS says. Changes nothing."`
	Verify        verifyCommand    `cmd:"" help:"Check the proof of a signature, with nothing but the file."`
	Keys          keysCommand      `cmd:"" help:"Make signing keys."`
	Confirm       confirmCommand   `cmd:"" help:"Record that somebody made sure whose login it is, so that it can sign again."`
	Routes        routesCommand    `cmd:"" help:"List every address and who may ask for it."`
	Settings      settingsCommand  `cmd:"" name:"config" help:"Print the settings in force, secrets masked."`
	Demonstration demoCommands     `embed:""`
}

// shell is what a command works with: its settings, where it writes, the time.
type shell struct {
	config config
	out    io.Writer
	log    *slog.Logger
	now    func() time.Time
}

// Exit codes: 0 done, 1 found something wrong, 2 called wrongly.
const (
	exitFound  = 1
	exitMisuse = 2
)

func main() { os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr)) }

func run(args, environment []string, out, errs io.Writer) int {
	var what commands
	parser, err := kong.New(&what, kong.Name("countersign"), kong.Description("Who at which trust confirmed what, when, on what evidence, and does it still hold?"),
		kong.Writers(out, errs), kong.Exit(func(int) {}))
	if err != nil {
		_, _ = fmt.Fprintln(errs, "countersign:", err) // nowhere else to say it
		return exitMisuse
	}
	chosen, err := parser.Parse(args)
	if helpAsked(args) { // printed by the parser: nothing is run
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(errs, "countersign: %s\nRun `countersign --help` for what it can do.\n", err)
		return exitMisuse
	}
	settings, err := readConfig(what.Config, environment)
	if err != nil {
		_, _ = fmt.Fprintf(errs, "countersign: these settings have to be put right first:\n%s\n", err)
		return exitMisuse
	}
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(settings.LogLevel)) // readConfig has checked it
	log := slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level}))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	chosen.BindTo(ctx, (*context.Context)(nil))
	if err := chosen.Run(&shell{config: settings, out: out, log: log, now: time.Now}); err != nil {
		_, _ = fmt.Fprintln(errs, "countersign:", err)
		if errors.Is(err, storage.ErrNoActKey) {
			_, _ = fmt.Fprintf(errs, "Set %sLOG_KEY, or %sACT_KEY to a copy of the act key beside it (docs/transparency.md).\n", prefix, prefix)
		}
		return exitFound
	}
	return 0
}

func helpAsked(args []string) bool {
	for _, arg := range args {
		if arg == "--help" || arg == "-h" {
			return true
		}
	}
	return false
}

type serveCommand struct{}

// Run serves until told to stop, then waits for work in hand.
func (serveCommand) Run(ctx context.Context, sh *shell) error {
	if sh.config.Log.Key == "" {
		return fmt.Errorf("%sLOG_KEY is missing: make the key of the public log with `countersign keys new FILE`, once, and keep it and its mark apart from the database (docs/transparency.md)", prefix)
	}
	p, err := build(ctx, sh.config, extra{}, sh.log, sh.now)
	if err != nil {
		return err
	}
	return serve(ctx, sh, p)
}

// newServer bounds how long anybody can keep a connection without sending or
// taking anything (abuse case T84).
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
}

func serve(ctx context.Context, sh *shell, p *portal) error {
	server := newServer(p, sh.log)
	server.RegisterOnShutdown(p.quit) // or stopping would wait for every open wall
	listener, err := net.Listen("tcp", sh.config.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w", sh.config.Listen, err), p.close())
	}
	sh.log.Info("serving", "address", listener.Addr().String(), "open", sh.config.BaseURL.String())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	working, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { p.work(working) })
	rest := func() { stop(); work.Wait() }
	defer stop()
	select {
	case err := <-failed:
		rest()
		return errors.Join(err, p.close())
	case <-ctx.Done():
	}
	sh.log.Info("stopping: waiting for work in hand")
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	err = server.Shutdown(last)
	rest() // before the database is closed under it
	return errors.Join(err, p.close())
}

type migrateCommand struct{}

// Run brings the schema to this program's version.
func (migrateCommand) Run(ctx context.Context, sh *shell) error {
	if path, ok := strings.CutPrefix(sh.config.Database, "sqlite:"); ok {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("prepare the database's folder: %w", err)
		}
	}
	return migrate(ctx, sh.config, sh.log)
}

type routesCommand struct{}

// Run lists every address with its verb.
func (routesCommand) Run(sh *shell) error {
	for _, route := range new(services).list(sh) {
		if _, err := fmt.Fprintf(sh.out, "%-6s %-75s %s\n", route.Method, route.Path, route.Verb); err != nil {
			return err
		}
	}
	return nil
}

type settingsCommand struct{}

// Run prints the settings in force.
func (settingsCommand) Run(sh *shell) error {
	for _, line := range sh.config.lines() {
		if _, err := fmt.Fprintln(sh.out, line); err != nil {
			return err
		}
	}
	return nil
}

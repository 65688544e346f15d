//go:build demo

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/blob"
	"countersign/internal/evidence"
	"countersign/internal/keys"
	"countersign/internal/organisation"
	"countersign/static"
	"countersign/web/demo"
	"countersign/web/devprovider"
	"countersign/web/provider"
)

// demoCommands exist in demonstration builds alone.
type demoCommands struct {
	Demo demoCommand `cmd:"" help:"Run the portal with invented data and a sign-in without passwords, in a folder that is removed afterwards."`
}

type demoCommand struct {
	Keep string `help:"Keep the data in this folder instead; it must be empty." placeholder:"DIR"`
}

// demoBanner stands on every page of a demonstration.
const demoBanner = "Demonstration: every name and figure is invented."

// demoPath is where the development provider is mounted.
const demoPath = "/dev-provider"

// demoClient is what that provider knows the portal as.
const demoClient = "countersign-demo"

// Run invents a world as of now and serves it.
func (d demoCommand) Run(ctx context.Context, sh *shell) error {
	folder := d.Keep
	if folder == "" {
		temporary, err := os.MkdirTemp("", "countersign-demo-*")
		if err != nil {
			return fmt.Errorf("make a folder for the demonstration: %w", err)
		}
		defer func() { _ = os.RemoveAll(temporary) }() // left behind at worst, in a folder for such things
		folder = temporary
	} else if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make the folder to keep: %w", err)
	}
	sh.config.Database, sh.config.Blobs = "sqlite:"+filepath.Join(folder, "demo.db"), "file:"+filepath.Join(folder, "blobs")
	began := time.Now()
	p, err := buildDemo(ctx, sh.config, sh.log, sh.now)
	if err != nil {
		return err
	}
	sh.log.Info("the demonstration is ready", "took", time.Since(began).Round(time.Millisecond))
	return serve(ctx, sh, p)
}

// buildDemo migrates, invents, writes and wires a demonstration.
func buildDemo(ctx context.Context, c config, log *slog.Logger, now func() time.Time, more ...func(*extra)) (*portal, error) {
	c, people, err := inventDemo(ctx, c, now())
	if err != nil {
		return nil, err
	}
	return wireDemo(ctx, c, people, log, now, more...)
}

// confined refuses a demonstration that others than this machine could reach.
func confined(c config) error {
	if host, _, err := net.SplitHostPort(c.Listen); err != nil || !local(host) || !local(c.BaseURL.Hostname()) {
		return errors.New("a demonstration signs anybody in without a password: it runs on this machine only")
	}
	return nil
}

// inventDemo migrates an empty database, and writes a world as of now into it.
// It gives the settings with the keys it made where they name none.
func inventDemo(ctx context.Context, c config, now time.Time) (config, []demo.Person, error) {
	if err := confined(c); err != nil {
		return c, nil, err
	}
	if c.Log.Key == "" {
		c = keyed(c)
		if _, err := keys.NewLog(c.Log.Key, origin(c.BaseURL)); err != nil {
			return c, nil, err
		}
	}
	if err := migrate(ctx, c, slog.New(slog.DiscardHandler)); err != nil {
		return c, nil, err
	}
	if c.Seal.Key == "" {
		c.Seal.Key = filepath.Join(filepath.Dir(c.Blobs[len("file:"):]), "seal.pem")
		if _, err := keys.NewSeal(c.Seal.Key, "Countersign demonstration", now); err != nil {
			return c, nil, err
		}
	}
	world, err := demo.Build(now, demo.Provider{Issuer: c.BaseURL.JoinPath(demoPath).String(), Client: demoClient})
	if err != nil {
		return c, nil, err
	}
	return c, world.People, settle(ctx, c, world)
}

// wireDemo wires the portal of a demonstration to the provider that its people
// sign in at. Journey tests wire the same way.
func wireDemo(ctx context.Context, c config, people []demo.Person, log *slog.Logger, now func() time.Time, more ...func(*extra)) (*portal, error) {
	if err := confined(c); err != nil {
		return nil, err
	}
	if c.Mail.Set() {
		log.Warn("a demonstration sends no email, whatever the settings say")
		c.Mail = mailConfig{}
	}
	issuer := c.BaseURL.JoinPath(demoPath).String()
	secret := hex.EncodeToString(random(32))
	settings := devprovider.Settings{Issuer: issuer, ACR: []string{"AAL2_ANY", "AAL3_ANY"}, Stylesheets: []string{static.Path("portal.css")}, Now: now, Random: rand.Reader,
		Clients: []devprovider.Client{{ID: demoClient, Secret: secret, RedirectURIs: []string{c.BaseURL.JoinPath("sign-in", "demo", "return").String()}}}}
	for _, p := range people {
		settings.People = append(settings.People, devprovider.Person{Subject: p.Subject, Name: p.Name, Email: p.Email, Note: p.Note})
	}
	dev, err := devprovider.New(settings)
	if err != nil {
		return nil, fmt.Errorf("set up the development provider: %w", err)
	}
	client, err := provider.New(provider.Settings{Name: "demo", Label: "Sign in with the demonstration", Issuer: issuer, ClientID: demoClient, ClientSecret: secret, StepUpACR: []string{"AAL3_ANY"},
		AllowLoopbackHTTP: true, Now: now, Random: rand.Reader})
	if err != nil {
		return nil, fmt.Errorf("set up the development provider's client: %w", err)
	}
	with := extra{banner: demoBanner, told: true, providers: []*provider.Provider{client}, mount: func(e *echo.Echo) {
		e.Any(demoPath, echo.WrapHandler(dev))
		e.Any(demoPath+"/*", echo.WrapHandler(dev))
	}}
	for _, add := range more {
		add(&with)
	}
	p, err := build(ctx, c, with, log, now)
	if err != nil {
		return nil, err
	}
	if err := p.grow(ctx); err != nil { // or the first receipts anybody opens would wait for their proofs
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// keyed names the keys that a demonstration makes where none are set.
func keyed(c config) config {
	c.Log.Key = filepath.Join(filepath.Dir(c.Blobs[len("file:"):]), "log.key")
	c.Log.Acts = c.Log.Key + keys.ActsEnding
	return c
}

// settle writes an invented world into an empty database and blob folder.
func settle(ctx context.Context, c config, world *demo.World) error {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	pass, err := access.Check(access.PortalActor("demonstration"), access.ImportOrganisations, organisation.National)
	if err == nil {
		err = db.Seed(ctx, pass, world.Seed)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	files := blob.Folder{Path: c.Blobs[len("file:"):]}
	for _, file := range world.Files {
		if _, err := files.Keep(ctx, bytes.NewReader(file), evidence.MaxSize, nil); err != nil {
			return err
		}
	}
	return nil
}

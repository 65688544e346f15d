package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/audit"
	"countersign/internal/blob"
	"countersign/internal/board"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/identity"
	"countersign/internal/job"
	"countersign/internal/keys"
	"countersign/internal/league"
	"countersign/internal/mail"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/outbound"
	"countersign/internal/receipt"
	"countersign/internal/risk"
	"countersign/internal/scan"
	"countersign/internal/storage"
	"countersign/internal/transparency"
	"countersign/internal/webhook"
	"countersign/internal/witness"
	"countersign/static"
	"countersign/web/handler"
	"countersign/web/provider"
	"countersign/web/session"
)

// services is everything the portal can do, put together once. Commands and
// pages use the same.
type services struct {
	db          *storage.DB
	register    *identity.Register
	acting      *identity.ActingRegister
	everyone    alert.Register
	alerts      *alert.Service
	wall        *alert.Wall
	openings    *alert.Openings
	messages    handler.Messages // nil while the portal sends none
	unsent      bool             // they wait: no mail server is set
	assessments *assessment.Service
	league      *league.Service
	boards      *board.Service
	statements  *attestation.Service
	coSigner    *attestation.CoSigner
	promised    *attestation.Keeper
	risks       *risk.Service
	requests    *attestation.Requester
	revisions   *attestation.Reviser
	archive     attestation.Archive
	editor      *attestation.Editor
	evidence    *evidence.Service
	events      event.Service
	blobs       blob.Folder
	told        *notification.Service
	jobs        *job.Runner
	log         *transparency.Log
	receipts    *receipt.Service
	audit       *audit.Service
	press       *press
}

// open connects the database and puts the services together. It is the only
// place where concrete types meet.
func open(ctx context.Context, c config, now func() time.Time) (*services, error) {
	db, err := openDatabase(ctx, c)
	if err != nil {
		return nil, err
	}
	public, err := openLog(c, db, now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	press, err := openPress(c, now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	organisations := storage.Organisations{DB: db}
	register := &identity.Register{Store: organisations, People: storage.Identities{DB: db}, Now: now, NewID: newID}
	assessments := &assessment.Service{Store: &storage.Assessments{DB: db}, Register: organisations, Now: now, NewID: newID}
	alerts := &alert.Service{Store: storage.Alerts{DB: db}, Register: organisations, Imports: storage.Alerts{DB: db}, Now: now, NewID: newID}
	files := storage.Evidence{DB: db}
	folder := blob.Folder{Path: strings.TrimPrefix(c.Blobs, "file:")}
	told := &notification.Service{Store: storage.Notifications{DB: db}, Alerts: storage.Alerts{DB: db}, Requests: storage.Acting{DB: db}, Statements: storage.Attestations{DB: db}, Write: handler.Letters{Service: c.Service, BaseURL: c.BaseURL}.Write, Post: post(c, now),
		Call: &webhook.Caller{Gate: outbound.Gate{Names: c.WebhookHosts}, Now: now}, Secret: func() string { return hex.EncodeToString(random(32)) }, Base: strings.TrimSuffix(c.BaseURL.String(), "/"), Now: now, NewID: newID}
	records := attestation.Records{Answers: storage.Alerts{DB: db}, Outcomes: assessments, Proofs: files, Alerts: storage.Alerts{DB: db}, Assessments: assessments, Files: files, Commitments: storage.Attestations{DB: db}}
	statements := &attestation.Service{Store: storage.Attestations{DB: db}, Figures: records, Holds: records, Names: organisations, Now: now, NewID: newID, Random: random}
	s := &services{
		db: db, register: register, everyone: organisations, alerts: alerts, assessments: assessments,
		wall:       &alert.Wall{Store: storage.Walls{DB: db}, Now: now, NewID: newID},
		openings:   &alert.Openings{Store: storage.Openings{DB: db}, Now: now, NewID: newID},
		acting:     &identity.ActingRegister{Store: storage.Acting{DB: db}, Now: now, NewID: newID},
		league:     &league.Service{Store: storage.League{DB: db}, Register: organisations, Now: now},
		boards:     &board.Service{Store: storage.Boards{DB: db}, Now: now},
		promised:   &attestation.Keeper{Store: storage.Attestations{DB: db}, Files: files, Now: now, NewID: newID},
		statements: statements,
		coSigner:   &attestation.CoSigner{Store: storage.Attestations{DB: db}, Now: now, NewID: newID, Random: random},
		risks:      &risk.Service{Store: storage.Risks{DB: db}, Now: now, NewID: newID, Random: random},
		requests:   &attestation.Requester{Store: storage.Attestations{DB: db}, Campaigns: storage.Attestations{DB: db}, Offices: organisations, Now: now, NewID: newID},
		revisions:  &attestation.Reviser{Store: storage.Attestations{DB: db}, Now: now, NewID: newID, Random: random},
		archive:    attestation.Archive{Store: storage.Attestations{DB: db}, Years: c.Years, Now: now},
		editor:     &attestation.Editor{Store: storage.Attestations{DB: db}, Now: now, NewID: newID},
		evidence:   &evidence.Service{Store: files, Blobs: folder, Scanner: scanner(c, now), Limits: evidence.Limits{Quota: c.Quota, Reserve: c.Reserve, AtOnce: uploadsAtOnce, AtOnceInAll: uploadsAtOnceInAll}, Now: now, NewID: newID},
		blobs:      folder,
		told:       told,
		jobs:       jobs(db, told, now),
		events:     event.Service{Store: storage.Events{DB: db}},
		log:        public,
		receipts:   &receipt.Service{Store: storage.Receipts{DB: db}, Signatures: statements, Log: public, Paper: paper{}, Seals: press.fingerprints(), Checking: make(chan struct{}, checkedAtOnce)},
		press:      press,
		audit:      &audit.Service{Store: storage.Audit{DB: db}, Log: public},
	}
	s.jobs.Duties = append(s.jobs.Duties, job.Duty{Name: "watch over signatures", Every: watchEvery, Do: s.watchSignatures})
	return s, nil
}

// openDatabase connects with the act key, where the settings name one: without,
// a program reads everything and records nothing that somebody answers for.
func openDatabase(ctx context.Context, c config) (*storage.DB, error) {
	var acts transparency.ActKey
	if c.Log.Acts != "" {
		var err error
		if acts, err = keys.OpenActs(c.Log.Acts); err != nil {
			return nil, fmt.Errorf("%sACT_KEY: %w", prefix, err)
		}
	}
	return storage.Open(ctx, c.Database, acts)
}

// checkedAtOnce is how many files strangers bring are verified at once: the
// others wait, and nobody who is signed in waits for them.
const checkedAtOnce = 2

// watchEvery is how long a signature changed behind the portal's back can stand
// unnoticed (abuse case T49).
const watchEvery = 4 * time.Minute

// watchSignatures fails, and so alarms, where a signature does not hold any more.
func (s *services) watchSignatures(ctx context.Context) error {
	found, err := s.audit.Watch(ctx, access.PortalActor("watch"), 100)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%d things do not agree with the record; run `countersign fsck`. The first: %s", len(found), found[0])
	}
	return err
}

// openLog reads the log's key, if this program keeps the log, and knows its
// witnesses.
func openLog(c config, db *storage.DB, now func() time.Time) (*transparency.Log, error) {
	l := &transparency.Log{Store: storage.Log{DB: db}, Now: now, Keys: transparency.Keys{Log: slices.Clone(c.Log.OldKeys), Quorum: c.Log.Quorum}}
	for _, w := range c.Log.Witnesses {
		known, err := transparency.NewWitness(w.Key)
		if err != nil {
			return nil, err
		}
		if l.Keys.Witnesses = append(l.Keys.Witnesses, w.Key); w.URL != "" {
			l.Witnesses = append(l.Witnesses, witness.Client{Known: known.Name(), URL: w.URL, HTTP: witnessClient})
		}
	}
	if c.Log.Key == "" {
		return l, nil
	}
	key, err := keys.OpenLog(c.Log.Key)
	if err != nil {
		return nil, fmt.Errorf("%sLOG_KEY: %w", prefix, err)
	}
	if want := origin(c.BaseURL); key.Name() != want {
		return nil, fmt.Errorf("%sLOG_KEY is the key of the log %q, and this portal's log is %q", prefix, key.Name(), want)
	}
	l.Signer, l.Mark, l.Keys.Log = key, key, append(l.Keys.Log, key.Verifier())
	return l, nil
}

// witnessClient goes where the settings say and nowhere else: no proxy of the
// environment, no redirect.
var witnessClient = &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second, IdleConnTimeout: time.Minute},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// origin is the name of the portal's log: its address without the scheme.
func origin(base *url.URL) string {
	return base.Host + "/" + strings.TrimPrefix(base.JoinPath("log").Path, "/")
}

// scanner is nil when none is configured: a nil interface, not a nil Clamd.
func scanner(c config, now func() time.Time) evidence.Scanner {
	if c.Clamd == "" {
		return nil
	}
	network, address, _ := scan.Parse(c.Clamd) // readConfig has checked it
	return scan.Clamd{Network: network, Address: address, Now: now}
}

// post is nil when no mail server is configured: messages wait.
func post(c config, now func() time.Time) notification.Post {
	if !c.Mail.Set() {
		return nil
	}
	return &mail.Sender{Server: c.Mail.Server, Password: string(c.Mail.Password), From: c.Mail.From, Now: now}
}

// keepDone is how long work that is done is remembered.
const keepDone = 30 * 24 * time.Hour

// jobs does the work that waits. Letters are left waiting while there is no
// mail server to hand them to.
func jobs(db *storage.DB, told *notification.Service, now func() time.Time) *job.Runner {
	store := storage.Jobs{DB: db}
	r := &job.Runner{Store: store, Does: map[notification.Kind]job.Do{notification.TellOfAlert: told.Tell, notification.TellOfRisk: told.TellRisk, notification.TellSigner: told.TellSigner, notification.TellOfActing: told.TellActing, notification.TellOfRevision: told.TellRevision, notification.CallWebhook: told.Hook}, Name: newID(), Pace: job.Usual,
		Now: now, Random: mathrand.Float64, Log: slog.Default()}
	if told.Post != nil {
		r.Does[notification.SendLetter] = told.Send
	}
	r.Duties = []job.Duty{{Name: "reminders", Every: time.Minute, Do: told.Remind}, {Name: "statements", Every: 15 * time.Minute, Do: told.RemindStatements}, {Name: "digest", Every: 5 * time.Minute, Do: told.Morning}, {Name: "sweep", Every: time.Hour, Do: func(ctx context.Context) error {
		pass, err := access.Check(access.PortalActor("worker"), access.RunJobs, organisation.National)
		if err == nil {
			_, err = store.Sweep(ctx, pass, now().Add(-keepDone))
		}
		return err
	}}}
	return r
}

// newID mints a UUIDv7: unique everywhere, and in the order of time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// random gives unpredictable bytes. The system's source does not fail: the
// runtime ends the program when it does.
func random(n int) []byte {
	bytes := make([]byte, n)
	_, _ = rand.Read(bytes)
	return bytes
}

// portal is the whole program behind one http.Handler.
type portal struct {
	http.Handler
	routes []handler.Route
	work   func(ctx context.Context) // what is done beside answering; returns once the context is done
	quit   func()                    // ends the answers that would last
	close  func() error

	streams *handler.Streams                // the open walls
	grow    func(ctx context.Context) error // puts what waits into the public log, now
}

// extra is what a demonstration adds: an identity provider of its own, and a
// banner. A real service has neither.
type extra struct {
	banner    string
	providers []*provider.Provider
	mount     func(*echo.Echo)
	messages  handler.Messages // to trusts, in place of the portal's own
	told      bool             // the wall shows messages though no mail server is set: a demonstration invents them
}

// build puts the portal together. Tests of whole journeys build the same way.
func build(ctx context.Context, c config, more extra, log *slog.Logger, now func() time.Time) (*portal, error) {
	if !static.Built() {
		return nil, errors.New("the front-end files are missing: run `task assets` and build again")
	}
	providers, err := connectProviders(c, now)
	if err != nil {
		return nil, err
	}
	providers = append(providers, more.providers...)
	if len(providers) == 0 {
		return nil, errors.New("no identity provider is configured: set " + prefix + "OIDC_<NAME>_ISSUER, …_CLIENT_ID and …_CLIENT_SECRET")
	}
	s, err := open(ctx, c, now)
	if err != nil {
		return nil, err
	}
	if err := s.log.Start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the public log is not as it was shown, and nothing is served until a person has looked (docs/transparency.md): %w", err), s.db.Close())
	}
	site := handler.Site{Name: c.Service, Hotline: c.Hotline, Banner: more.banner, BaseURL: c.BaseURL, Limits: handler.NewLimits(now), Now: now, Log: log}
	sessions := &session.Sessions{Store: storage.Identities{DB: s.db}, Providers: providers, BaseURL: c.BaseURL, Now: now, NewID: newID, Random: rand.Reader, Log: log}
	switch {
	case more.messages != nil:
		s.messages = more.messages
	case s.told.Post != nil || more.told:
		s.messages, s.unsent = s.told, s.told.Post == nil
	}
	streams := handler.NewStreams(time.Now)
	routes := s.routes(site, sessions, streams)
	s.statements.Alarm = func(cause error) { log.Error("nothing can be signed", "cause", cause) }
	s.risks.Alarm, s.revisions.Alarm, s.coSigner.Alarm = s.statements.Alarm, s.statements.Alarm, s.statements.Alarm

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = site.Fail
	e.IPExtractor = clientAddress(c.Proxies)
	e.Pre(site.Record)
	e.Use(site.Guard(origins(providers, c.BaseURL))...)
	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", func(c echo.Context) error {
		if err := s.db.Ready(c.Request().Context()); err != nil {
			log.Error("not ready", "cause", err)
			return c.String(http.StatusServiceUnavailable, "the database does not answer\n")
		}
		last, err := s.db.LastEventAt(c.Request().Context())
		if err != nil {
			log.Error("not ready", "cause", err)
			return c.String(http.StatusServiceUnavailable, "the database does not answer\n")
		}
		if err := (attestation.Standing{LastEventAt: last}).Check(now()); err != nil {
			// Everything but signing works, so traffic must still come here.
			log.Error("nothing can be signed", "cause", err, "newest_event", last)
			return c.String(http.StatusOK, "ok, but the clock is behind the newest event: nothing can be signed\n")
		}
		return c.String(http.StatusOK, "ok\n")
	})
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	if more.mount != nil {
		more.mount(e)
	}
	e.Use(s.glance, sessions.Know)
	if err := handler.Install(e, routes, site.Limits); err != nil {
		return nil, errors.Join(err, s.db.Close())
	}
	return &portal{Handler: e, routes: routes, work: func(ctx context.Context) { s.work(ctx, log, now) }, quit: streams.Close, close: s.db.Close, streams: streams,
		grow: func(ctx context.Context) error { _, err := s.log.Grow(ctx); return err }}, nil
}

// glance lets pages that only show something use what earlier requests read. It
// comes before the session is read, which brings the marks of whoever asks.
// Whatever writes reads for itself.
func (s *services) glance(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if r := c.Request(); r.Method == http.MethodGet || r.Method == http.MethodHead {
			c.SetRequest(r.WithContext(s.db.Glance(r.Context())))
		}
		return next(c)
	}
}

// routes lists every address but the technical ones (health, files).
func (s *services) routes(site handler.Site, sessions *session.Sessions, streams *handler.Streams) []handler.Route {
	statements := handler.Statements{Site: site, Statements: s.statements, CoSigner: s.coSigner, Register: s.register, Receipts: s.receipts, Press: s.press, Sizes: &handler.Sizes{}, Commitments: s.promised, Revisions: s.revisions, Keep: s.archive.Years, Sessions: sessions}
	revisions := handler.Revisions{Site: site, Register: s.register, Revisions: s.revisions, Sessions: sessions}
	risks := handler.Risks{Site: site, Alerts: s.alerts, Register: s.register, Risks: s.risks, Sessions: sessions}
	assessments := handler.Assessments{Site: site, Register: s.register, Assessments: s.assessments}
	var routes []handler.Route
	for _, family := range [][]handler.Route{
		handler.Home{Site: site, Register: s.register, Alerts: s.alerts, Statements: s.statements, Risks: s.risks, Events: s.events, Acting: s.acting, League: s.league, Levels: assessments}.Routes(),
		handler.SignIn{Site: site, Sessions: sessions, Signer: s.statements, Confirm: statements.Refused, CoSign: statements.CoSign, Decide: risks.Decide, Withdraw: revisions.Ended}.Routes(),
		statements.Routes(),
		revisions.Routes(),
		handler.Requests{Site: site, Requests: s.requests}.Routes(),
		handler.Templates{Site: site, Editor: s.editor}.Routes(),
		handler.Campaigns{Site: site, Register: s.register, Requests: s.requests}.Routes(),
		handler.Acting{Site: site, Register: s.register, Acting: s.acting}.Routes(),
		handler.Alerts{Site: site, Alerts: s.alerts, Register: s.register, Everyone: s.everyone, Events: s.events, Evidence: s.evidence, Risks: s.risks, Openings: s.openings, Calls: s.wall, Told: s.told, Letters: handler.Letters{Service: site.Name, BaseURL: site.BaseURL}}.Routes(),
		risks.Routes(),
		handler.Exchange{Site: site, Feed: s.alerts, Alerts: s.alerts, Register: s.register, Everyone: s.everyone, Importing: new(sync.Mutex)}.Routes(),
		handler.Walls{Site: site, Wall: s.wall, Messages: s.messages, Unsent: s.unsent, Sessions: sessions, Streams: streams}.Routes(),
		handler.Evidence{Site: site, Register: s.register, Files: s.evidence}.Routes(),
		assessments.Routes(),
		handler.Boards{Site: site, Register: s.register, Boards: s.boards}.Routes(),
		handler.Compare{Site: site, League: s.league}.Routes(),
		handler.Contacts{Site: site, Register: s.register, Told: s.told}.Routes(),
		handler.Webhooks{Site: site, Told: s.told}.Routes(),
		handler.Logs{Site: site, Log: s.log, Receipts: s.receipts}.Routes(),
		handler.Info{Site: site}.Routes(),
	} {
		routes = append(routes, family...)
	}
	return routes
}

// clientAddress finds whom a request is from (abuse case T74). A header is
// believed from the proxies of the settings alone: not from this machine or a
// private network just because it is one.
func clientAddress(proxies []*net.IPNet) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, network := range proxies {
		trust = append(trust, echo.TrustIPRange(network))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}

func connectProviders(c config, now func() time.Time) ([]*provider.Provider, error) {
	var providers []*provider.Provider
	for _, p := range c.Providers {
		connected, err := provider.New(provider.Settings{Name: p.Name, Label: p.Label, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: string(p.ClientSecret),
			Scopes: p.Scopes, ACR: p.ACR, StepUpACR: p.StepUpACR, UserInfo: p.UserInfo, AllowLoopbackHTTP: local(c.BaseURL.Hostname()), Now: now, Random: rand.Reader})
		if err != nil {
			return nil, fmt.Errorf("identity provider %s: %w", p.Name, err)
		}
		providers = append(providers, connected)
	}
	return providers, nil
}

// origins lists where a form may lead besides the portal: a signature goes on
// to the identity provider.
func origins(providers []*provider.Provider, base *url.URL) []string {
	var list []string
	for _, p := range providers {
		if u, err := url.Parse(p.Issuer); err == nil && u.Host != base.Host {
			list = append(list, u.Scheme+"://"+u.Host)
		}
	}
	return list
}

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/web/handler"
	"countersign/web/session"
)

// migrate brings the schema up and puts in the data every portal needs.
func migrate(ctx context.Context, c config, log *slog.Logger) error {
	if err := storage.Migrate(ctx, c.Database, log); err != nil {
		return err
	}
	db, err := openDatabase(ctx, c)
	if err != nil {
		return err
	}
	pass, err := access.Check(access.PortalActor("migration"), access.IssueStatements, organisation.National)
	if err == nil {
		err = storage.Attestations{DB: db}.AddTemplate(ctx, pass, attestation.Quarterly, attestation.Quarterly.Supplied(pass, newID(), time.Now()))
	}
	if err == nil {
		err = beginLog(ctx, db)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	return supply(ctx, c)
}

// beginLog records since when every accountable act is in the public log.
func beginLog(ctx context.Context, db *storage.DB) error {
	pass, err := access.Check(access.PortalActor("migration"), access.KeepLog, organisation.National)
	if err != nil {
		return err
	}
	return storage.Log{DB: db}.Begin(ctx, pass, time.Now())
}

// supply keeps the frameworks that come with the program. What is there already
// stays as it is. The profiles that come with it are for demonstrations: what
// level is expected of real trusts is for the service's owner to say.
func supply(ctx context.Context, c config) error {
	frameworks, _, err := assessment.BuiltIn()
	if err != nil {
		return err
	}
	s, err := open(ctx, c, time.Now)
	if err != nil {
		return err
	}
	who := access.PortalActor("migration")
	for _, f := range frameworks {
		err = errors.Join(err, s.assessments.ImportFramework(ctx, who, f))
	}
	return errors.Join(err, s.db.Close())
}

// list gives the routes without a database behind them.
func (s *services) list(sh *shell) []handler.Route {
	return s.routes(handler.Site{BaseURL: sh.config.BaseURL, Now: sh.now, Log: sh.log}, &session.Sessions{}, nil)
}

type importCommand struct {
	Organisations importOrganisations `cmd:"" help:"The ODS etr extract: 27 quoted columns, or the older 24 bare ones."`
	Framework     importFramework     `cmd:"" help:"An assessment framework in YAML (docs/frameworks.md)."`
	Profile       importProfile       `cmd:"" help:"The levels expected of trusts by a framework, in YAML (docs/frameworks.md)."`
	Kinds         importKinds         `cmd:"" help:"A CSV of kinds and cohorts: ods_code, kind, and optionally cohort, major_trauma and wave_2017 (docs/moving-in.md)."`
	Appointments  importAppointments  `cmd:"" help:"A CSV of people and the offices they hold (docs/moving-in.md)."`
	Alerts        importAlerts        `cmd:"" help:"Alerts of another body, as drafts (docs/exchange.md)."`
	Template      importTemplate      `cmd:"" help:"The wording of a statement in JSON, as a draft (docs/statements.md)."`
	Responses     importResponses     `cmd:"" help:"A CSV of past alerts and what organisations answered (docs/moving-in.md)."`
}

type importOrganisations struct {
	File string `arg:"" help:"The extract, as published." type:"existingfile"`
	Dry  bool   `help:"Say what would change, and change nothing." name:"dry-run"`
}

// Run brings the register in line with an extract, whole or not at all.
func (i importOrganisations) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	extract, err := organisation.ReadETR(bytes.NewReader(text))
	if err != nil {
		return refused(sh.out, i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	changes, err := s.register.ImportExtract(ctx, access.PortalActor("import"), extract, i.Dry)
	if err == nil {
		_, err = fmt.Fprint(sh.out, organisation.Text(changes, extract.Refused, i.Dry))
	}
	return errors.Join(err, s.db.Close())
}

type importKinds struct {
	File string `arg:"" help:"A CSV with a header line." type:"existingfile"`
	Dry  bool   `help:"Say what would change, and change nothing." name:"dry-run"`
}

// Run records kinds and cohorts of organisations that are registered already.
func (i importKinds) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	rows, err := organisation.ReadKinds(bytes.NewReader(text))
	if err != nil {
		return refused(sh.out, i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	placing, err := s.register.ImportKinds(ctx, access.PortalActor("import"), rows, i.Dry)
	if err == nil {
		_, err = fmt.Fprint(sh.out, placing.Text(i.Dry))
	}
	return errors.Join(err, s.db.Close())
}

type importAppointments struct {
	File string `arg:"" help:"A CSV with a header line." type:"existingfile"`
	Dry  bool   `help:"Say what would change, and change nothing." name:"dry-run"`
}

// Run records who holds which office, whole or not at all.
func (i importAppointments) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	lines, err := identity.ReadAppointments(bytes.NewReader(text))
	if err != nil {
		return refused(sh.out, i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	deeds, err := s.register.ImportAppointments(ctx, access.PortalActor("import"), lines, i.Dry)
	if err != nil {
		return errors.Join(refused(sh.out, i.File, err), s.db.Close())
	}
	_, err = fmt.Fprint(sh.out, identity.Text(deeds, i.Dry), strangers(lines, sh.config.Providers))
	return errors.Join(err, s.db.Close())
}

// strangers warns of issuers that no configured provider has: nobody can sign
// in as the people who carry them, and one wrong letter is enough.
func strangers(lines []identity.Line, providers []providerConfig) string {
	known := map[string]bool{}
	for _, p := range providers {
		known[p.Issuer] = true
	}
	var out strings.Builder
	for _, line := range lines {
		if !known[line.Issuer] {
			known[line.Issuer] = true
			fmt.Fprintf(&out, "\nWarning: no provider in these settings has the issuer %s, so nobody it names can sign in yet.\n", line.Issuer)
		}
	}
	return out.String()
}

// refused prints everything that is wrong with a file, and fails once.
func refused(out io.Writer, file string, err error) error {
	problems, ok := errors.AsType[fault.Problems](err)
	if !ok {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, problem := range problems {
		if _, err := fmt.Fprintln(out, problem.Sentence); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s was refused whole, nothing was imported: %s to put right", file, attestation.Count(len(problems), "thing"))
}

type importFramework struct {
	File    string `arg:"" help:"The framework's file." type:"existingfile"`
	ID      string `help:"Its id, for published files that do not name themselves." placeholder:"caf-3.2"`
	Name    string `help:"Its name, likewise." placeholder:"NAME"`
	Edition string `help:"Its version, likewise." placeholder:"3.2"`
}

// Run keeps a framework; the same file again is no change.
func (i importFramework) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	heading := assessment.Heading{ID: i.ID, Name: i.Name, Version: i.Edition}
	switch i.ID { // the two published files of the National Cyber Security Centre
	case assessment.CAF32.ID:
		heading = assessment.CAF32
	case assessment.CAF40.ID:
		heading = assessment.CAF40
	}
	framework, err := assessment.ReadFrameworkAs(bytes.NewReader(text), heading)
	if err != nil {
		return refused(sh.out, i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	err = s.assessments.ImportFramework(ctx, access.PortalActor("import"), framework)
	if err == nil {
		_, err = fmt.Fprintf(sh.out, "%s: %d outcomes\n", framework.Name, len(framework.Outcomes()))
	}
	return errors.Join(err, s.db.Close())
}

type importProfile struct {
	File string `arg:"" help:"The profile's file." type:"existingfile"`
}

// Run keeps a profile for a framework that is known; the same file again is no
// change.
func (i importProfile) Run(ctx context.Context, sh *shell) error {
	text, err := os.ReadFile(i.File)
	if err != nil {
		return fmt.Errorf("read %s: %w", i.File, err)
	}
	s, err := open(ctx, sh.config, sh.now)
	if err != nil {
		return err
	}
	who := access.PortalActor("import")
	frameworks, err := s.assessments.Frameworks(ctx, who)
	if err != nil {
		return errors.Join(err, s.db.Close())
	}
	profile, err := assessment.ReadProfile(bytes.NewReader(text), frameworks...)
	if err != nil {
		return errors.Join(refused(sh.out, i.File, err), s.db.Close())
	}
	err = s.assessments.ImportProfile(ctx, who, profile)
	if err == nil {
		_, err = fmt.Fprintf(sh.out, "%s: %d expected levels\n", profile.Name, len(profile.Expected))
	}
	return errors.Join(err, s.db.Close())
}

// confirmCommand lifts the hold on a login whose name and e-mail address both
// changed at the provider: it may have been given to somebody else.
type confirmCommand struct {
	Issuer  string `arg:"" help:"Address of the identity provider, letter for letter."`
	Subject string `arg:"" help:"What that provider calls the person (sub)."`
}

// Run records that the login is still its person's. It is described anew at
// its next sign-in.
func (k confirmCommand) Run(ctx context.Context, sh *shell) error {
	pass, err := access.Check(access.PortalActor("confirmation"), access.AppointPeople, organisation.National)
	if err != nil {
		return err
	}
	db, err := openDatabase(ctx, sh.config)
	if err != nil {
		return err
	}
	register := storage.Identities{DB: db}
	person, err := register.PersonOf(ctx, pass, k.Issuer, k.Subject)
	if err == nil {
		err = register.ConfirmLogin(ctx, pass, k.Issuer, k.Subject, event.New(newID(), pass, sh.now(), "login confirmed", "person/"+string(person), "Somebody made sure whose login it is"))
	}
	if err == nil {
		_, err = fmt.Fprintln(sh.out, "Confirmed. The person can sign after their next sign-in.")
	}
	return errors.Join(err, db.Close())
}

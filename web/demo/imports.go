//go:build demo

package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/alert/exchange"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// entries of an invented catalogue: vendor, product, what is wrong with it.
var entries = [][3]string{
	{"Halvard", "Remote access gateway", "command injection"}, {"Corvane", "Mail server", "path traversal"}, {"Lindisol", "Hypervisor", "use after free"},
	{"Osprett", "File transfer", "SQL injection"}, {"Tarnholm", "Firewall", "authentication bypass"},
}

// intake is an importer that knows nothing and keeps what an import decides.
type intake struct {
	alert.Importer
	alert.Intake
}

// Import is part of alert.Importer.
func (i *intake) Import(_ context.Context, _ access.Pass, _ time.Time, decide func(map[alert.Origin]alert.Known) (alert.Intake, error)) (err error) {
	i.Intake, err = decide(nil)
	return err
}

// addImports reads an invented catalogue as the command would.
func (b *builder) addImports() error {
	at := b.now.Add(-50 * time.Hour)
	var file []string
	for i, e := range entries {
		file = append(file, fmt.Sprintf(`{"cveID": "CVE-%d-%05d", "vendorProject": %q, "product": %q, "vulnerabilityName": %q, "dateAdded": %q, "dueDate": %q, "shortDescription": "Invented for a demonstration.", "requiredAction": "Install the supplier's update, or stop using it.", "knownRansomwareCampaignUse": "Unknown", "notes": "", "cwes": []}`,
			at.Year(), 99001+i, e[0], e[1], e[0]+" "+e[1]+" "+e[2], at.Format(time.DateOnly), at.AddDate(0, 0, 21).Format(time.DateOnly)))
	}
	read, err := exchange.Read(strings.NewReader(fmt.Sprintf(`{"title": "Invented", "catalogVersion": "1", "dateReleased": %q, "count": %d, "vulnerabilities": [%s]}`, at.Format(time.RFC3339), len(file), strings.Join(file, ","))))
	if err != nil {
		return err
	}
	kept := &intake{}
	service := alert.Service{Imports: kept, Now: func() time.Time { return at }, NewID: func() string { return b.id(at) }}
	if _, err := service.Import(context.Background(), access.PortalActor("import"), read.Drafts, false); err != nil {
		return err
	}
	b.world.Seed.Imported = kept.New
	for _, e := range kept.Events {
		b.record(e)
	}
	return nil
}

// proofs are what shows that an alert was dealt with, and provenFor how many
// closed alerts of Calder Vale have theirs linked.
var proofs = []string{"vulnerability-console.png", "asset-register.csv", "privileged-accounts.pdf", "incident-plan.pdf", "penetration-test.pdf"}

const provenFor = 30

// addProofs links evidence of Calder Vale to the alerts it closed last: for
// each the newest that was there by then.
func (b *builder) addProofs() error {
	t, linked := b.orgs[CalderVale], 0
	for i := len(b.world.Seed.Responses) - 1; i >= 0 && linked < provenFor; i-- {
		r := b.world.Seed.Responses[i]
		if r.Organisation != CalderVale || !r.Closed() {
			continue
		}
		at := r.ClosedAt.Add(-5 * time.Minute)
		for _, name := range proofs {
			if link, title, found := b.link(name, t, "alert/"+string(r.Alert), at); found {
				pass, err := access.Check(t.lead.at(at), access.UploadEvidence, t.Code)
				if err != nil {
					return err
				}
				b.world.Seed.Links = append(b.world.Seed.Links, link)
				b.record(event.New(b.id(at), pass, at, "evidence linked", "evidence/"+string(link.Evidence), "Evidence used again: "+title))
				linked++
				break
			}
		}
	}
	if linked == 0 {
		return errors.New("no closed alert has its proof")
	}
	return nil
}

func (b *builder) link(name string, t *trust, thing string, at time.Time) (storage.SeedLink, string, bool) {
	for _, f := range b.world.Seed.Evidence {
		if f.Organisation == t.Code && f.Name == name && f.ReceivedAt.Before(at) && f.RunsUntil >= organisation.DayOf(at) {
			return storage.SeedLink{Evidence: f.ID, Organisation: t.Code, Thing: thing, By: string(t.lead.ID), At: at}, f.Title, true
		}
	}
	return storage.SeedLink{}, "", false
}

package notification

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Webhook is another system that is told when an alert is issued.
type Webhook struct {
	ID     string
	URL    string
	Secret string // signs what it is sent; shown once, to whoever made it
	MadeBy string
	MadeAt time.Time
}

// Webhooked keeps webhooks. A webhook's secret is given to the portal's own
// notifier alone.
type Webhooked interface {
	Webhooks(ctx context.Context, pass access.Pass) ([]Webhook, error)
	Webhook(ctx context.Context, pass access.Pass, id string) (Webhook, error)
	AddWebhook(ctx context.Context, pass access.Pass, w Webhook, e event.Event, check func(there []Webhook) error) error
	EndWebhook(ctx context.Context, pass access.Pass, id string, at time.Time, e event.Event) error
}

// Caller tells another system: it posts the body, signed with the secret, and
// fails unless the other side says that it took it.
type Caller interface {
	Call(ctx context.Context, w Webhook, delivery string, body []byte) error
	Check(address *url.URL) error // whether it may be called at all
}

// webhooksLimit is how many there may be.
const webhooksLimit = 20

// Faults of managing webhooks.
var (
	ErrWebhookAddress = fault.In("url", "Enter a web address that begins with https:// and leads to a public system")
	ErrWebhookKnown   = fault.In("url", "Enter an address that is not in the list yet")
	ErrWebhooksFull   = fault.New(fault.Conflict, "There are 20 webhooks, which is the most there can be. End one first.")
)

// Webhooks lists the systems that are told, for those who manage them. It
// leaves their secrets out.
func (s *Service) Webhooks(ctx context.Context, who access.Actor) ([]Webhook, error) {
	pass, err := access.Check(who, access.ManageWebhooks, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Store.Webhooks(ctx, pass)
}

// AddWebhook adds a system to be told, and gives its secret: this once, and
// never again.
func (s *Service) AddWebhook(ctx context.Context, who access.Actor, address string) (Webhook, error) {
	pass, err := access.Check(who, access.ManageWebhooks, organisation.National)
	if err != nil {
		return Webhook{}, err
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > 500 || s.Call.Check(u) != nil {
		return Webhook{}, ErrWebhookAddress
	}
	now := s.Now()
	w := Webhook{ID: s.NewID(), URL: u.String(), Secret: s.Secret(), MadeBy: who.Name, MadeAt: now}
	e := event.New(s.NewID(), pass, now, "webhook added", "webhook/"+w.ID, "A webhook was added that is called when an alert is issued")
	err = s.Store.AddWebhook(ctx, pass, w, e, func(there []Webhook) error {
		for _, each := range there {
			if each.URL == w.URL {
				return ErrWebhookKnown
			}
		}
		if len(there) >= webhooksLimit {
			return ErrWebhooksFull
		}
		return nil
	})
	if err != nil {
		return Webhook{}, err
	}
	return w, nil
}

// EndWebhook stops telling a system.
func (s *Service) EndWebhook(ctx context.Context, who access.Actor, id string) error {
	pass, err := access.Check(who, access.ManageWebhooks, organisation.National)
	if err != nil {
		return err
	}
	now := s.Now()
	e := event.New(s.NewID(), pass, now, "webhook ended", "webhook/"+id, "A webhook was ended")
	return s.Store.EndWebhook(ctx, pass, id, now, e)
}

// calls makes the work of calling every webhook because of another piece of
// work.
func (s *Service) calls(ctx context.Context, pass access.Pass, w Work, id alert.ID, version int) ([]Work, error) {
	hooks, err := s.Store.Webhooks(ctx, pass)
	if err != nil {
		return nil, err
	}
	var list []Work
	for _, hook := range hooks {
		list = append(list, NewWork("webhook/"+hook.ID+"/"+w.ID, CallWebhook, Subject{Webhook: hook.ID, Alert: id, Version: version, Organisation: organisation.National}, s.Now()))
	}
	return list, nil
}

// notice is what a webhook is told: enough to look, and nothing of the hole.
type notice struct {
	Event     string    `json:"event"`
	Alert     string    `json:"alert"`
	ID        alert.ID  `json:"id"`
	Severity  string    `json:"severity"`
	IssuedAt  time.Time `json:"issued_at"`
	AnswerDue time.Time `json:"answer_due"`
	ActionDue time.Time `json:"action_due"`
	Page      string    `json:"page"`
}

// Hook calls one webhook about one alert. Being told twice is possible, under
// the same delivery id.
func (s *Service) Hook(ctx context.Context, w Work) error {
	about, err := w.Subject()
	if err != nil {
		return err
	}
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	hook, err := s.Store.Webhook(ctx, pass, about.Webhook)
	if errors.Is(err, ErrUnknown) {
		return nil // ended meanwhile
	} else if err != nil {
		return err
	}
	a, err := s.Alerts.Find(ctx, pass, about.Alert)
	if errors.Is(err, alert.ErrUnknown) {
		return Hopeless{err}
	} else if err != nil {
		return err
	}
	if a.Approval == nil {
		return Hopeless{fmt.Errorf("%s is not issued", a.ID)}
	}
	what := "alert issued"
	if about.Version > 0 {
		what = "alert changed"
	}
	body, err := json.Marshal(notice{Event: what, Alert: a.Name(), ID: a.ID, Severity: string(a.Draft.Severity), IssuedAt: a.Approval.At.UTC(), AnswerDue: a.AnswerDue.UTC(), ActionDue: a.ActionDue.UTC(),
		Page: s.Base + "/alerts/" + string(a.ID)})
	if err != nil {
		return fmt.Errorf("write a notice: %w", err)
	}
	return s.Call.Call(ctx, hook, w.ID, body)
}

// Package mail hands letters to a mail server over SMTP, one recipient each,
// and keeps connections open between them. Who is told what is package
// notification's; when to try again is package job's.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"countersign/internal/notification"
)

// timeout bounds connecting, and handing over one letter.
const timeout = 30 * time.Second

// keepIdle is how many connections stay open between letters, and keepFor how
// long: mail servers hang up on those who say nothing.
const (
	keepIdle = 16
	keepFor  = 20 * time.Second
)

// Sender hands letters to one mail server.
type Sender struct {
	Server   Server
	Password string
	From     netmail.Address
	Roots    *tls.Config // what to trust besides the system's certificates; nil in a real service
	Now      func() time.Time

	mutex sync.Mutex
	idle  []*line
}

// line is one connection to the mail server.
type line struct {
	client *gomail.Client
	smtp   *smtp.Client
	usedAt time.Time
}

// Send hands over one letter. It fails with a *notification.Refusal when the
// server would not take it. What the server said goes into that and into no
// other error, because it can name the recipient.
func (s *Sender) Send(ctx context.Context, m notification.Message, letter notification.Letter) error {
	msg, err := s.compose(m, letter)
	if err != nil {
		return &notification.Refusal{Code: 553, Text: "This is not an email address that can be written to", Permanent: true}
	}
	l, fresh, err := s.take(ctx)
	if err != nil {
		return err
	}
	err = l.client.SendWithSMTPClient(l.smtp, msg)
	if err != nil && !fresh && broken(err) && unsaid(err) { // the server hung up since the last letter
		l.close()
		if l, err = s.dial(ctx); err != nil {
			return err
		}
		err = l.client.SendWithSMTPClient(l.smtp, msg)
	}
	if err != nil && broken(err) {
		l.close()
	} else {
		s.keep(l)
	}
	if err == nil || msg.IsDelivered() {
		return nil
	}
	return verdict(err)
}

// compose writes the message. The library encodes headers, and refuses an
// address with a line break in it.
func (s *Sender) compose(m notification.Message, letter notification.Letter) (*gomail.Msg, error) {
	to, err := netmail.ParseAddress(m.Address)
	if err != nil || to.Address != m.Address { // a list, a name with it, or quotes around it
		return nil, errors.New("not an address")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&s.From)
	msg.ToMailAddress(&netmail.Address{Name: oneLine(m.Name), Address: to.Address})
	msg.Subject(oneLine(letter.Subject))
	msg.SetMessageIDWithValue(m.ID + "@" + s.domain())
	msg.SetDateWithValue(s.Now())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, letter.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, letter.HTML)
	return msg, nil
}

func (s *Sender) domain() string {
	_, domain, _ := strings.Cut(s.From.Address, "@")
	return domain
}

// oneLine takes line breaks and other controls out of what stands in a header.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r == 0x85 }), " ")
}

// broken tells whether the connection is of no more use.
func broken(err error) bool {
	failure, ok := errors.AsType[*gomail.SendError](err)
	return !ok || failure.ErrorCode() == 0 || failure.ErrorCode() == 421
}

// unsaid tells whether the server was told nothing of the letter yet. Once it
// was, whether it took the letter is not known, and trying again is decided
// with that in mind.
func unsaid(err error) bool {
	failure, ok := errors.AsType[*gomail.SendError](err)
	return ok && (failure.Reason == gomail.ErrConnCheck || failure.Reason == gomail.ErrSMTPMailFrom)
}

// verdict makes of a library's error what the portal keeps.
func verdict(err error) error {
	failure, ok := errors.AsType[*gomail.SendError](err)
	if !ok || failure.ErrorCode() == 0 {
		return errors.New("the connection to the mail server broke")
	}
	return &notification.Refusal{Code: failure.ErrorCode(), Text: saidBy(failure), Permanent: failure.ErrorCode() >= 500 && aboutRecipient(failure)}
}

// aboutRecipient tells a refusal of this letter from one of the portal: when
// the server does not let us send at all, the next try may be allowed.
func aboutRecipient(failure *gomail.SendError) bool {
	return failure.Reason == gomail.ErrSMTPRcptTo || failure.Reason == gomail.ErrSMTPDataClose
}

// saidBy is the server's own text, in one line and bounded.
func saidBy(failure *gomail.SendError) string {
	text := oneLine(failure.Error())
	if _, after, found := strings.Cut(text, fmt.Sprint(failure.ErrorCode())+" "); found {
		text = after
	}
	if before, _, found := strings.Cut(text, ", affected recipient(s)"); found {
		text = before
	}
	if runes := []rune(text); len(runes) > 200 {
		text = string(runes[:200])
	}
	return strings.ToValidUTF8(text, "?")
}

// take gives a connection that is open, or opens one.
func (s *Sender) take(ctx context.Context) (l *line, fresh bool, err error) {
	for {
		s.mutex.Lock()
		if len(s.idle) == 0 {
			s.mutex.Unlock()
			break
		}
		l, s.idle = s.idle[len(s.idle)-1], s.idle[:len(s.idle)-1]
		s.mutex.Unlock()
		if s.Now().Sub(l.usedAt) < keepFor {
			return l, false, nil
		}
		l.close()
	}
	l, err = s.dial(ctx)
	return l, true, err
}

func (s *Sender) keep(l *line) {
	l.usedAt = s.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.idle) >= keepIdle {
		l.close()
		return
	}
	s.idle = append(s.idle, l)
}

// Close hangs up.
func (s *Sender) Close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, l := range s.idle {
		l.close()
	}
	s.idle = nil
	return nil
}

func (s *Sender) dial(ctx context.Context) (*line, error) {
	client, err := gomail.NewClient(s.Server.Host, s.options()...)
	if err != nil {
		return nil, errors.New("the settings of the mail server cannot be used")
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	open, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("reach the mail server: %w", withoutWords(err))
	}
	return &line{client: client, smtp: open}, nil
}

// withoutWords keeps of an error only what a network or TLS says; a mail
// server's own words may be anything.
func withoutWords(err error) error {
	if failure, ok := errors.AsType[*net.OpError](err); ok {
		return failure.Err
	}
	if failure, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return failure.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return context.DeadlineExceeded
	}
	return errors.New("it did not let the portal in")
}

func (l *line) close() { _ = l.client.CloseWithSMTPClient(l.smtp) } // there is nothing more to say to it

func (s *Sender) options() []gomail.Option {
	options := []gomail.Option{gomail.WithPort(s.Server.Port), gomail.WithTimeout(timeout), gomail.WithHELO(s.domain()), gomail.WithoutNoop()}
	if s.Server.Implicit {
		options = append(options, gomail.WithSSL())
	}
	options = append(options, gomail.WithTLSPolicy(map[Policy]gomail.TLSPolicy{Mandatory: gomail.TLSMandatory, Opportunistic: gomail.TLSOpportunistic, None: gomail.NoTLS}[s.Server.TLS]))
	trust := &tls.Config{ServerName: s.Server.Host, MinVersion: tls.VersionTLS12}
	if s.Roots != nil {
		trust.RootCAs = s.Roots.RootCAs
	}
	options = append(options, gomail.WithTLSConfig(trust))
	if s.Server.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.Server.User), gomail.WithPassword(s.Password))
	}
	return options
}

package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	netmail "net/mail"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"countersign/internal/mail"
	"countersign/internal/mail/mailtest"
	"countersign/internal/notification"
)

func sender(t *testing.T, s *mailtest.Server) *mail.Sender {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Address)
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	out := &mail.Sender{Server: mail.Server{Host: host, Port: number, TLS: mail.None}, From: netmail.Address{Name: "Countersign", Address: "alerts@countersign.example"}, Now: time.Now}
	t.Cleanup(func() { _ = out.Close() })
	return out
}

func message(id, name, address string) notification.Message {
	return notification.Message{ID: id, Recipient: notification.Recipient{Name: name, Address: address}}
}

var plain = notification.Letter{Subject: "CC-4711: answer by 5pm", Text: "Sign in.\n", HTML: "<p>Sign in.</p>"}

func TestALetterArrives(t *testing.T) {
	server := mailtest.Start(t)
	if err := sender(t, server).Send(t.Context(), message("m1", "Tom Reilly", "tom@trust.example"), plain); err != nil {
		t.Fatal(err)
	}
	letters := server.Letters()
	if len(letters) != 1 || len(letters[0].To) != 1 || letters[0].To[0] != "tom@trust.example" || letters[0].From != "alerts@countersign.example" {
		t.Fatalf("arrived: %+v", letters)
	}
	l := letters[0]
	if l.Header("Message-ID") != "<m1@countersign.example>" || l.Header("To") != `"Tom Reilly" <tom@trust.example>` || l.Header("Subject") != plain.Subject || l.Header("Auto-Submitted") != "auto-generated" {
		t.Errorf("headers:\n%s", l.Raw)
	}
	if !strings.Contains(l.Raw, "text/plain") || !strings.Contains(l.Raw, "text/html") {
		t.Errorf("a part is missing:\n%s", l.Raw)
	}
	for _, tell := range []string{"User-Agent", "X-Mailer", "go-mail"} {
		if strings.Contains(l.Raw, tell) {
			t.Errorf("the letter tells %s:\n%s", tell, l.Raw)
		}
	}
}

// TestT69 sends what would add a header, a recipient or a second letter.
func TestT69(t *testing.T) {
	server := mailtest.Start(t)
	out := sender(t, server)
	for _, evil := range []string{"\r\nBcc: thief@evil.example", "\nBcc: thief@evil.example", "\r\n\r\n<script>", "\r\n.\r\nMAIL FROM:<x@evil.example>", "\u2028Bcc: thief@evil.example", "\x00\x1b[2J"} {
		before := len(server.Letters())
		err := out.Send(t.Context(), message("m2", "Tom"+evil, "tom@trust.example"), notification.Letter{Subject: "Alert" + evil, Text: "Words" + evil, HTML: "<p>Words</p>"})
		if err != nil {
			t.Errorf("%q: %v", evil, err)
		}
		letters := server.Letters()
		if len(letters) != before+1 || len(letters[before].To) != 1 {
			t.Fatalf("%q: %d letters arrived, the last to %v", evil, len(letters)-before, letters[len(letters)-1].To)
		}
		if l := letters[before]; l.Header("Bcc") != "" || !strings.HasPrefix(l.Header("Subject"), "Alert") && !strings.HasPrefix(l.Header("Subject"), "=?UTF-8?") {
			t.Errorf("%q became a header:\n%s", evil, l.Raw)
		}
	}
	for _, address := range []string{"tom@trust.example\r\nRCPT TO:<thief@evil.example>", "tom@trust.example, thief@evil.example", "tom@trust.example\n", "<tom@trust.example>", "", "tom", "@trust.example", "tom@trust.example>\r\nDATA"} {
		before := len(server.Letters())
		err := out.Send(t.Context(), message("m3", "Tom", address), plain)
		refusal, ok := errors.AsType[*notification.Refusal](err)
		if !ok || !refusal.Permanent || len(server.Letters()) != before {
			t.Errorf("%q: %v, and %d letters", address, err, len(server.Letters())-before)
		}
	}
}

func TestWhatTheServerSaysDecides(t *testing.T) {
	server := mailtest.Start(t)
	server.Answer = func(to string) error {
		name, _, _ := strings.Cut(to, "@")
		if code, err := strconv.Atoi(name); err == nil {
			return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "no " + to + " here"}
		}
		return nil
	}
	out := sender(t, server)
	for code, permanent := range map[int]bool{550: true, 553: true, 450: false, 452: false} {
		err := out.Send(t.Context(), message("m", "N", fmt.Sprintf("%d@trust.example", code)), plain)
		refusal, ok := errors.AsType[*notification.Refusal](err)
		if !ok || refusal.Code != code || refusal.Permanent != permanent || !strings.Contains(refusal.Text, "no ") {
			t.Errorf("%d became %+v (%v)", code, refusal, err)
		}
		if ok && strings.Contains(err.Error(), "trust.example") {
			t.Errorf("the error names the recipient: %v", err)
		}
	}
	if err := out.Send(t.Context(), message("m", "N", "tom@trust.example"), plain); err != nil {
		t.Errorf("after refusals the connection is of no use: %v", err)
	}
	if n := server.Connections(); n != 1 {
		t.Errorf("%d connections for 5 letters", n)
	}
}

// TestAnOutageIsNoRefusal: down, up again, and hung up on meanwhile.
func TestAnOutageIsNoRefusal(t *testing.T) {
	server := mailtest.Start(t)
	out := sender(t, server)
	send := func(id string) error { return out.Send(t.Context(), message(id, "N", "tom@trust.example"), plain) }
	if err := send("a"); err != nil {
		t.Fatal(err)
	}
	server.Down()
	err := send("b")
	if _, refused := errors.AsType[*notification.Refusal](err); err == nil || refused || strings.Contains(err.Error(), "tom@") {
		t.Errorf("an outage is %v", err)
	}
	server.Up(t)
	if err := send("b"); err != nil {
		t.Fatal(err)
	}
	server.Down()
	server.Up(t) // the open connection is gone, and nobody said so
	if err := send("c"); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, l := range server.Letters() {
		ids = append(ids, l.Header("Message-ID"))
	}
	if got := strings.Join(ids, " "); got != "<a@countersign.example> <b@countersign.example> <c@countersign.example>" {
		t.Errorf("arrived: %s", got)
	}
}

// TestALetterInDoubtIsNotSentAgainHere: when the connection breaks after the
// letter was taken and before that was said, it failed, and whether to send it
// again is not this package's to decide.
func TestALetterInDoubtIsNotSentAgainHere(t *testing.T) {
	server := mailtest.Start(t)
	out := sender(t, server)
	if err := out.Send(t.Context(), message("a", "N", "tom@trust.example"), plain); err != nil {
		t.Fatal(err)
	}
	broke := false
	server.After = func(mailtest.Letter) {
		if !broke {
			broke = true
			server.Down()
			server.Up(t)
		}
	}
	if err := out.Send(t.Context(), message("b", "N", "tom@trust.example"), plain); err == nil {
		t.Error("nobody said that it was taken, and yet it was handed over")
	}
	if n := len(server.Letters()); n != 2 {
		t.Errorf("%d letters for 2", n)
	}
}

// TestMandatoryIsMandatory: a server without encryption gets no letter.
func TestMandatoryIsMandatory(t *testing.T) {
	server := mailtest.Start(t)
	out := sender(t, server)
	out.Server.TLS = mail.Mandatory
	if err := out.Send(t.Context(), message("m", "N", "tom@trust.example"), plain); err == nil || len(server.Letters()) > 0 {
		t.Errorf("%v; %d letters went in the clear", err, len(server.Letters()))
	}
}

// encrypted makes a server offer encryption, and gives what its clients trust.
func encrypted(t *testing.T, server *mailtest.Server) *tls.Config {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate alone
	t.Cleanup(web.Close)
	server.Down()
	server.TLS = &tls.Config{Certificates: web.TLS.Certificates}
	server.Up(t)
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return &tls.Config{RootCAs: roots}
}

func TestTheUserSignsIn(t *testing.T) {
	server := mailtest.Start(t)
	server.User, server.Pass = "portal", "hunter2"
	out := sender(t, server)
	out.Server.TLS = mail.Mandatory
	trusted := encrypted(t, server)
	if err := out.Send(t.Context(), message("m", "N", "tom@trust.example"), plain); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate nobody knows: %v", err)
	}
	out.Roots = trusted
	out.Server.User, out.Password = "portal", "hunter3"
	if err := out.Send(t.Context(), message("m", "N", "tom@trust.example"), plain); err == nil || strings.Contains(err.Error(), "hunter") {
		t.Errorf("a wrong password: %v", err)
	}
	out.Password = "hunter2"
	if err := out.Send(t.Context(), message("m", "N", "tom@trust.example"), plain); err != nil {
		t.Error(err)
	}
}

func TestServerAddresses(t *testing.T) {
	for _, c := range []struct{ address, is string }{
		{"smtp://mail.example", "smtp://mail.example:587?tls=mandatory"},
		{"smtp://portal@mail.example:2525?tls=mandatory", "smtp://portal@mail.example:2525?tls=mandatory"},
		{"smtps://portal@mail.example", "smtps://portal@mail.example:465"},
		{"smtp://127.0.0.1:1025?tls=none", "smtp://127.0.0.1:1025?tls=none"},
		{"smtp://[::1]:1025?tls=none", "smtp://[::1]:1025?tls=none"},
		{"smtp://mail.example?tls=opportunistic", "smtp://mail.example:587?tls=opportunistic"},
		{"smtp://mail.example?tls=none", ""},
		{"smtp://localhost.evil.example?tls=none", ""},
		{"smtp://u@mail.example?tls=opportunistic", ""},
		{"smtp://u:secret@mail.example", ""},
		{"smtps://mail.example?tls=none", ""},
		{"smtp://mail.example?tls=maybe", ""},
		{"smtp://mail.example?skip=1", ""},
		{"smtp://mail.example:99999", ""},
		{"http://mail.example", ""},
		{"mail.example:25", ""},
		{"", ""},
	} {
		got, err := mail.Parse(c.address)
		if (err == nil) != (c.is != "") || (err == nil && got.String() != c.is) {
			t.Errorf("%q is %s, %v; want %q", c.address, got, err, c.is)
		}
	}
}

// Package mailtest is a mail server for tests: a real one, in this process,
// that keeps what it was given and refuses what a test wants it to refuse.
package mailtest

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Letter is one letter as it arrived.
type Letter struct {
	From string
	To   []string // of the envelope
	Raw  string
}

// Header reads one header of the letter.
func (l Letter) Header(name string) string {
	m, err := mail.ReadMessage(strings.NewReader(l.Raw))
	if err != nil {
		return ""
	}
	return m.Header.Get(name)
}

// Server is a mail server that can be stopped, and started again at the same
// address.
type Server struct {
	Address string
	Answer  func(to string) error // decides about each recipient; nil takes everybody
	After   func(Letter)          // told of each letter before it is acknowledged
	TLS     *tls.Config
	User    string // when set, only this user with Password may send
	Pass    string

	mutex       sync.Mutex
	letters     []Letter
	connections int
	running     *smtp.Server
	listener    net.Listener
}

// Start starts a mail server on a free port of this machine.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	s.Up(t)
	t.Cleanup(s.Down)
	return s
}

// Up starts the server: again at the address it had, when it had one.
func (s *Server) Up(t testing.TB) {
	t.Helper()
	at := s.Address
	if at == "" {
		at = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatalf("start the mail server: %v", err)
	}
	server := smtp.NewServer(s)
	server.Domain, server.AllowInsecureAuth, server.TLSConfig = "mail.test", true, s.TLS
	server.ErrorLog = quiet{}
	s.mutex.Lock()
	s.Address, s.running, s.listener = listener.Addr().String(), server, listener
	s.mutex.Unlock()
	go func() { _ = server.Serve(listener) }() // ends with Down
}

// Down stops the server and hangs up on everybody.
func (s *Server) Down() {
	s.mutex.Lock()
	running, listener := s.running, s.listener
	s.running = nil
	s.mutex.Unlock()
	if running != nil {
		_, _ = running.Close(), listener.Close() // what was open is cut, as in an outage
	}
}

// Letters lists what arrived.
func (s *Server) Letters() []Letter {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]Letter{}, s.letters...)
}

// Connections counts how often somebody connected.
func (s *Server) Connections() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.connections
}

// NewSession begins a conversation.
func (s *Server) NewSession(*smtp.Conn) (smtp.Session, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.connections++
	return &session{server: s, known: s.User == ""}, nil
}

type session struct {
	server *Server
	known  bool
	letter Letter
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.server.User || password != s.server.Pass {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

func (s *session) Reset() { s.letter = Letter{} }

func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	s.letter = Letter{From: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.Answer != nil {
		if err := s.server.Answer(to); err != nil {
			return err
		}
	}
	s.letter.To = append(s.letter.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	var text bytes.Buffer
	if _, err := io.Copy(&text, r); err != nil {
		return err
	}
	s.letter.Raw = text.String()
	s.server.mutex.Lock()
	if s.server.running == nil {
		s.server.mutex.Unlock()
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "The server is going down"} // any other error would be a refusal for good
	}
	s.server.letters = append(s.server.letters, s.letter)
	s.server.mutex.Unlock()
	if s.server.After != nil {
		s.server.After(s.letter)
	}
	return nil
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Package scan asks a virus scanner about a file. What its answer means for
// the file is package evidence's.
package scan

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"countersign/internal/evidence"
)

// Clamd speaks to ClamAV's daemon. Each question has a connection of its own,
// and every step on it ends in time.
type Clamd struct {
	Network, Address string // tcp and host:port, or unix and a path
	Now              func() time.Time
	Patience         Patience // the zero value is the usual
}

// Patience is how long the daemon may take.
type Patience struct {
	Connect time.Duration // also for saying its version
	Write   time.Duration // for each piece of the file
	Answer  time.Duration // once it has the whole file
}

// usual leaves the daemon more than the two minutes after which it gives up on
// a file by itself (MaxScanTime).
var usual = Patience{Connect: 10 * time.Second, Write: 30 * time.Second, Answer: 3 * time.Minute}

// piece is how much of a file is sent at a time.
const piece = 64 << 10

// longest is more than any answer has. One that is longer is not believed.
const longest = 4 << 10

// Parse reads "tcp:HOST:PORT" or "unix:/PATH".
func Parse(setting string) (network, address string, err error) {
	network, address, _ = strings.Cut(setting, ":")
	if _, _, bad := net.SplitHostPort(address); network == "tcp" && bad == nil {
		return network, address, nil
	}
	if network == "unix" && strings.HasPrefix(address, "/") {
		return network, address, nil
	}
	return "", "", fmt.Errorf("%q is not tcp:HOST:PORT or unix:/PATH", setting)
}

// Scan sends a file and reads what the daemon found. Anything but a whole,
// well-formed answer is an error, and never a verdict.
func (c Clamd) Scan(ctx context.Context, file io.Reader) (evidence.Finding, error) {
	engine, err := c.version(ctx)
	if err != nil {
		return evidence.Finding{}, fmt.Errorf("%w: %w", evidence.ErrNoScanner, err)
	}
	conn, err := c.connect(ctx)
	if err != nil {
		return evidence.Finding{}, fmt.Errorf("%w: %w", evidence.ErrNoScanner, err)
	}
	defer conn.close()
	answer, err := c.stream(conn, file)
	if err != nil {
		return evidence.Finding{}, fmt.Errorf("ask the virus scanner: %w", err)
	}
	found, err := read(answer)
	found.Engine = engine
	return found, err
}

func (c Clamd) version(ctx context.Context) (string, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.close()
	if err := c.say(conn, []byte("zVERSION\x00"), c.patience().Connect); err != nil {
		return "", err
	}
	engine, err := c.hear(conn, c.patience().Connect)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(engine, "ClamAV ") {
		return "", errors.New("what answers is not ClamAV")
	}
	return printable(engine), nil
}

// connection is closed when its context is done, whatever it waits for.
type connection struct {
	net.Conn
	stop func() bool
}

func (c connection) close() {
	c.stop()
	_ = c.Close() // everything has been read, or nothing is believed
}

func (c Clamd) connect(ctx context.Context) (connection, error) {
	conn, err := (&net.Dialer{Timeout: c.patience().Connect}).DialContext(ctx, c.Network, c.Address)
	if err != nil {
		return connection{}, err
	}
	return connection{conn, context.AfterFunc(ctx, func() { _ = conn.Close() })}, nil
}

func (c Clamd) patience() Patience {
	if c.Patience == (Patience{}) {
		return usual
	}
	return c.Patience
}

// stream sends the file in pieces, each with its length before it. A write
// that fails is not the end: the daemon closes early when a file passes its
// limit, and has said so. A file that cannot be read is:
// the daemon must not judge half of it.
func (c Clamd) stream(conn connection, file io.Reader) (string, error) {
	if err := c.say(conn, []byte("zINSTREAM\x00"), c.patience().Write); err != nil {
		return "", err
	}
	buffer := make([]byte, 4+piece)
	for {
		n, err := io.ReadFull(file, buffer[4:])
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return "", fmt.Errorf("read the file: %w", err)
		}
		binary.BigEndian.PutUint32(buffer, uint32(n))
		if cut := c.say(conn, buffer[:4+n], c.patience().Write); cut != nil {
			answer, err := c.hear(conn, c.patience().Write)
			if err == nil && answer != "stream: OK" { // clean would be said of half a file
				return answer, nil
			}
			return "", fmt.Errorf("the scanner stopped listening: %w", cut)
		}
		if n == 0 { // the piece of no length ends the file
			return c.hear(conn, c.patience().Answer)
		}
	}
}

func (c Clamd) say(conn connection, what []byte, within time.Duration) error {
	if err := conn.SetWriteDeadline(c.Now().Add(within)); err != nil {
		return err
	}
	_, err := conn.Write(what)
	return err
}

// hear reads one answer, which ends with a zero byte. Without one it may be
// half of something else.
func (c Clamd) hear(conn connection, within time.Duration) (string, error) {
	if err := conn.SetReadDeadline(c.Now().Add(within)); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, longest)).ReadString(0)
	if err != nil {
		return "", fmt.Errorf("no whole answer: %w", err)
	}
	return strings.TrimSuffix(answer, "\x00"), nil
}

// unread are the names under which the daemon reports that it did not look at
// everything, and what a person reads instead.
var unread = []struct{ name, why string }{
	{"Heuristics.Encrypted.", "it is password protected"},
	{"Heuristics.Limits.Exceeded", "it holds more than the scanner takes"},
}

// read turns the daemon's words into a finding.
func read(answer string) (evidence.Finding, error) {
	if answer == "INSTREAM size limit exceeded. ERROR" {
		return evidence.Finding{Result: evidence.Unreadable, Name: "it is larger than the scanner takes"}, nil
	}
	said, ours := strings.CutPrefix(answer, "stream: ")
	name, found := strings.CutSuffix(said, " FOUND")
	switch {
	case ours && said == "OK":
		return evidence.Finding{Result: evidence.Clean}, nil
	case ours && found && name != "":
		for _, each := range unread {
			if strings.HasPrefix(name, each.name) {
				return evidence.Finding{Result: evidence.Unreadable, Name: each.why}, nil
			}
		}
		return evidence.Finding{Result: evidence.Infected, Name: printable(name)}, nil
	}
	return evidence.Finding{}, fmt.Errorf("the virus scanner answered %q", printable(answer))
}

// printable keeps an answer to plain characters and a length: it ends on a
// page.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, text)
	return text[:min(len(text), 120)]
}

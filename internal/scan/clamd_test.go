package scan_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/evidence"
	"countersign/internal/scan"
)

// eicar is the file every scanner is tested with, put together here so that no
// scanner finds it in this one.
var eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + `EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*`

// daemon starts the real clamd with one signature of our own, or leaves the
// test out on a machine without it. Where CI=true its absence fails.
func daemon(t *testing.T, streamMax string) scan.Clamd {
	t.Helper()
	const program = "/usr/sbin/clamd"
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("clamd is missing: run `task services`")
		}
		t.Skip("left out: clamd is not installed (run `task services`)")
	}
	folder := t.TempDir()
	socket := filepath.Join(folder, "clamd.sock")
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("portal.ndb", "Portal.Test.EICAR:0:*:"+hex.EncodeToString([]byte(eicar))+"\n")
	settings := write("clamd.conf", fmt.Sprintf("Foreground yes\nDatabaseDirectory %s\nLocalSocket %s\nTemporaryDirectory %s\nStreamMaxLength %s\nMaxRecursion 12\nAlertExceedsMax yes\nAlertEncrypted yes\n",
		folder, socket, folder, streamMax))
	var said bytes.Buffer
	clamd := exec.Command(program, "--config-file="+settings)
	clamd.Stdout, clamd.Stderr = &said, &said
	if err := clamd.Start(); err != nil {
		t.Fatal("start clamd:", err)
	}
	ended := make(chan struct{})
	go func() { _ = clamd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = clamd.Process.Kill(); <-ended })
	for tries := time.NewTicker(20 * time.Millisecond); ; {
		if conn, err := net.Dial("unix", socket); err == nil {
			_ = conn.Close()
			return scan.Clamd{Network: "unix", Address: socket, Now: time.Now}
		}
		select {
		case <-ended:
			t.Fatalf("clamd ended: %s", &said)
		case <-tries.C:
		}
	}
}

func TestT63_RealDaemon(t *testing.T) {
	clamd := daemon(t, "64M")
	big := make([]byte, 20<<20)
	_, _ = rand.Read(big) // it never fails
	for claim, c := range map[string]struct {
		file []byte
		want evidence.Finding
	}{
		"a plain file is clean":        {[]byte("system,restored\n"), evidence.Finding{Result: evidence.Clean}},
		"20MB of noise is clean":       {big, evidence.Finding{Result: evidence.Clean}},
		"a known virus is found":       {[]byte(eicar), evidence.Finding{Result: evidence.Infected, Name: "Portal.Test.EICAR.UNOFFICIAL"}},
		"a locked archive is not read": {lockedZip, evidence.Finding{Result: evidence.Unreadable, Name: "it is password protected"}},
	} {
		found, err := clamd.Scan(t.Context(), bytes.NewReader(c.file))
		if !strings.HasPrefix(found.Engine, "ClamAV ") {
			t.Errorf("%s: the engine is %q", claim, found.Engine)
		}
		if found.Engine = ""; err != nil || found != c.want {
			t.Errorf("%s: %+v, %v", claim, found, err)
		}
	}
}

// lockedZip is an archive with one entry that says it is encrypted.
var lockedZip = func() []byte {
	head := []byte("PK\x03\x04\x14\x00\x01\x00\x00\x00\x00\x00\x21\x00\x00\x00\x00\x00\x20\x00\x00\x00\x14\x00\x00\x00\x05\x00\x00\x00a.txt")
	body := bytes.Repeat([]byte{0x5a, 0xa5}, 16)
	list := []byte("PK\x01\x02\x14\x00\x14\x00\x01\x00\x00\x00\x00\x00\x21\x00\x00\x00\x00\x00\x20\x00\x00\x00\x14\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00a.txt")
	end := append([]byte("PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00"), binary.LittleEndian.AppendUint32(nil, uint32(len(list)))...)
	end = append(binary.LittleEndian.AppendUint32(end, uint32(len(head)+len(body))), 0, 0)
	return bytes.Join([][]byte{head, body, list, end}, nil)
}()

// TestT63_RealDaemonHangsUpEarly: past its limit the daemon answers and closes
// while we still write.
func TestT63_RealDaemonHangsUpEarly(t *testing.T) {
	clamd := daemon(t, "1M")
	for range 5 {
		found, err := clamd.Scan(t.Context(), bytes.NewReader(make([]byte, 40<<20)))
		switch {
		case err == nil && found.Result != evidence.Unreadable:
			t.Fatalf("found %+v", found)
		case err != nil && found.Result != "":
			t.Fatalf("%v, and yet %+v", err, found)
		}
	}
}

// pretend answers like a daemon that does something wrong. It is asked for its
// version first, and for a file after.
func pretend(t *testing.T, version string, scanned func(net.Conn)) scan.Clamd {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			asked := make([]byte, 9)
			if _, err := io.ReadFull(conn, asked); err == nil && string(asked) == "zVERSION\x00" {
				_, _ = io.WriteString(conn, version) // the other side notices
			} else {
				scanned(conn)
			}
			_ = conn.Close()
		}
	}()
	short := 300 * time.Millisecond
	return scan.Clamd{Network: "tcp", Address: listener.Addr().String(), Now: time.Now, Patience: scan.Patience{Connect: short, Write: short, Answer: short}}
}

// drain reads a file to the piece that ends it.
func drain(conn net.Conn) {
	_, _ = io.ReadFull(conn, make([]byte, 1)) // the rest of the command
	for {
		var length [4]byte
		if _, err := io.ReadFull(conn, length[:]); err != nil || binary.BigEndian.Uint32(length[:]) == 0 {
			return
		}
		_, _ = io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(length[:])))
	}
}

func says(answer string) func(net.Conn) {
	return func(conn net.Conn) { drain(conn); _, _ = io.WriteString(conn, answer) }
}

const sound = "ClamAV 1.4.6\x00"

func TestT63_OnlyAWholeAnswerIsAVerdict(t *testing.T) {
	hang := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	for claim, c := range map[string]struct {
		version string
		scanned func(net.Conn)
		want    evidence.Result
		down    bool
	}{
		"clean":                           {sound, says("stream: OK\x00"), evidence.Clean, false},
		"found":                           {sound, says("stream: Eicar-Test-Signature FOUND\x00"), evidence.Infected, false},
		"locked":                          {sound, says("stream: Heuristics.Encrypted.PDF FOUND\x00"), evidence.Unreadable, false},
		"too deep":                        {sound, says("stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\x00"), evidence.Unreadable, false},
		"too large":                       {sound, says("INSTREAM size limit exceeded. ERROR\x00"), evidence.Unreadable, false},
		"an answer cut short":             {sound, says("stream: OK"), "", false},
		"no answer":                       {sound, says(""), "", false},
		"another answer":                  {sound, says("HTTP/1.1 200 OK\r\n\r\n\x00"), "", false},
		"an answer with more behind":      {sound, says("stream: OK FOUND ERROR\x00"), "", false},
		"an error":                        {sound, says("Can't allocate memory ERROR\x00"), "", false},
		"an endless answer":               {sound, says(strings.Repeat("x", 1<<20)), "", false},
		"a daemon that hangs":             {sound, hang, "", false},
		"a daemon that closes at once":    {sound, func(net.Conn) {}, "", false},
		"a hasty OK":                      {sound, func(conn net.Conn) { _, _ = io.WriteString(conn, "stream: OK\x00") }, "", false},
		"a daemon that is something else": {"220 mail.example ESMTP\x00", says("stream: OK\x00"), "", true},
		"a daemon without a version":      {"", says("stream: OK\x00"), "", true},
	} {
		file := bytes.NewReader(make([]byte, 8<<20))
		found, err := pretend(t, c.version, c.scanned).Scan(t.Context(), file)
		if found.Result != c.want || (err == nil) != (c.want != "") || errors.Is(err, evidence.ErrNoScanner) != c.down {
			t.Errorf("%s: %+v, %v", claim, found, err)
		}
	}
}

func TestT63_HalfAFileIsNotJudged(t *testing.T) {
	broken := io.MultiReader(bytes.NewReader(make([]byte, 1<<20)), failing{})
	if found, err := pretend(t, sound, says("stream: OK\x00")).Scan(t.Context(), broken); err == nil || found.Result != "" {
		t.Errorf("%+v, %v", found, err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk broke") }

func TestT63_NobodyThere(t *testing.T) {
	clamd := scan.Clamd{Network: "unix", Address: filepath.Join(t.TempDir(), "none"), Now: time.Now}
	if _, err := clamd.Scan(t.Context(), strings.NewReader("x")); !errors.Is(err, evidence.ErrNoScanner) {
		t.Error(err)
	}
}

// TestStopping: who stops the portal does not wait for a daemon that hangs.
func TestStopping(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	clamd := pretend(t, sound, func(conn net.Conn) { drain(conn); stop(); _, _ = io.Copy(io.Discard, conn) })
	clamd.Patience = scan.Patience{Connect: time.Minute, Write: time.Minute, Answer: time.Hour}
	if _, err := clamd.Scan(ctx, strings.NewReader("x")); err == nil {
		t.Error("a verdict from a daemon that said nothing")
	}
}

func TestParse(t *testing.T) {
	for setting, want := range map[string]string{"tcp:127.0.0.1:3310": "tcp 127.0.0.1:3310", "unix:/run/clamd.sock": "unix /run/clamd.sock", "tcp:[::1]:3310": "tcp [::1]:3310",
		"": "", "tcp:3310": "", "unix:": "", "unix:run": "", "http://x:1": "", "127.0.0.1:3310": ""} {
		network, address, err := scan.Parse(setting)
		if got := strings.TrimSpace(network + " " + address); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", setting, got, err)
		}
	}
}

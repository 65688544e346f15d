//go:build demo

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"countersign/internal/receipt"
	"countersign/internal/transparency"
	"countersign/internal/transparency/transparencytest"
)

// TestReceiptProvesItself follows a signature out of the portal: onto its
// receipt, into the log, as a file, and through every verifier there is.
func TestReceiptProvesItself(t *testing.T) {
	t.Parallel()
	r := start(t)
	v := visit(t, r, true)
	v.signsIn("Amara Whitlock")
	v.presses("Review and sign")
	v.chooses("I confirm the statement without qualification")
	v.presses("Continue")
	v.presses("I confirm – sign the statement")
	v.presses("Amara Whitlock")
	v.sees("Statement signed")
	v.sees("It is being added. The signature is safe.") // the log is grown by nobody yet
	if at := v.fetches(v.path() + "/proof"); !strings.Contains(at, "The public log has not taken this signature up yet") {
		t.Errorf("without its place the proof is %.200q", at)
	}
	if err := r.portal.grow(context.Background()); err != nil {
		t.Fatal("grow the log:", err)
	}
	v.opens(v.path())
	v.isLogged()
	v.sees("4 parts and ")
	folder := t.TempDir()
	bundle, trust := filepath.Join(folder, "proof.json"), filepath.Join(folder, "trust.json")
	keep := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	proof := v.fetches(v.path() + "/proof")
	kilobytes := func(n int) string { return strconv.Itoa((n+500)/1000) + "KB)" }
	v.sees("Download the proof (JSON, " + kilobytes(len(proof)))
	keep(bundle, proof)
	keep(trust, v.fetches("/log/trust"))

	command := func(args ...string) (string, int) {
		var out bytes.Buffer
		code := run(args, nil, &out, &out)
		return out.String(), code
	}
	if said, code := command("verify", bundle, "--trust", trust); code != 0 || !strings.HasPrefix(said, "PROVEN") || !strings.Contains(said, "Amara Whitlock") {
		t.Errorf("the command ends with %d: %s", code, said)
	}
	if said, code := command("verify", bundle); code != exitFound || strings.HasPrefix(said, "PROVEN") {
		t.Errorf("without a list the command ends with %d: %s", code, said)
	}
	if said, err := exec.CommandContext(t.Context(), "node", filepath.Join("..", "internal", "receipt", "verify.mjs"), bundle, trust).CombinedOutput(); err != nil {
		t.Errorf("the other verifier: %v: %s", err, said)
	}
	spoiled := filepath.Join(folder, "spoiled.json")
	keep(spoiled, strings.Replace(proof, "Amara Whitlock", "Amara Whitlook", 1))
	if said, code := command("verify", spoiled, "--trust", trust); code != exitFound || !strings.Contains(said, "NOT PROVEN") {
		t.Errorf("a spoiled file ends with %d: %s", code, said)
	}

	pages := filepath.Join(folder, "receipt.pdf")
	encoded := evaluate[string](v, `fetch("`+v.path()+`/pdf").then(r => r.arrayBuffer()).then(b => btoa(Array.from(new Uint8Array(b), c => String.fromCharCode(c)).join("")))`)
	document, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal("read the PDF:", err)
	}
	v.sees("Download the signed statement (PDF, " + kilobytes(len(document)))
	keep(pages, string(document))
	if kept := os.Getenv("COUNTERSIGN_SCREENS"); kept != "" {
		if err := os.WriteFile(filepath.Join(kept, "receipt.pdf"), document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said, code := command("verify", pages, "--trust", trust); code != 0 || !strings.HasPrefix(said, "PROVEN") || !strings.Contains(said, "Every page of the PDF is as it was sealed") {
		t.Errorf("for the PDF the command ends with %d: %s", code, said)
	}
	forged := bytes.Clone(document)
	forged[len(forged)/3] ^= 1
	keep(filepath.Join(folder, "forged.pdf"), string(forged))
	if said, code := command("verify", filepath.Join(folder, "forged.pdf"), "--trust", trust); code != exitFound || !strings.Contains(said, "NOT PROVEN") {
		t.Errorf("for changed pages the command ends with %d: %s", code, said)
	}
	keep(trust, strings.Replace(v.fetches("/log/trust"), `"seals": [`, `"seals": [], "seal": [`, 1))
	if said, code := command("verify", pages, "--trust", trust); code != exitFound {
		t.Errorf("with a list of another form the command ends with %d: %s", code, said)
	}
	keep(trust, v.fetches("/log/trust"))

	v.presses("Log out")
	v.opens("/check")
	v.presses("Check the file")
	v.sees("Choose a file")
	v.attaches("file", bundle)
	v.presses("Check the file")
	v.sees("This statement is real and unchanged")
	v.sees("What it does not prove")
	v.attaches("file", pages)
	v.presses("Check the file")
	v.sees("Every page of the PDF is as it was sealed")
	v.attaches("file", filepath.Join(folder, "forged.pdf"))
	v.presses("Check the file")
	v.sees("This file is not proof")
	v.attaches("file", spoiled)
	v.presses("Check the file")
	v.sees("This file is not proof")
	v.attaches("file", trust)
	v.presses("Check the file")
	v.sees("This file is not a proof of a signature")

	list, err := receipt.ParseTrust([]byte(v.fetches("/log/trust")))
	if err != nil {
		t.Fatal(err)
	}
	watch := transparencytest.Watch{Keys: transparency.Keys{Log: list.Log}}
	if size := watch.Check(t, func(path string) ([]byte, error) { return r.get("/log/" + path) }); size < 3000 {
		t.Errorf("the log of the demonstration has %d entries", size)
	}
}

// TestLogGrowsByItself waits for what the running program does.
func TestLogGrowsByItself(t *testing.T) {
	r := start(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.portal.work(ctx)
	}()
	defer func() { stop(); <-ended }()
	before, err := r.get("/log/checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	v := visit(t, r, false)
	v.signsIn("Amara Whitlock")
	v.presses("Review and sign")
	v.chooses("I confirm the statement without qualification")
	v.presses("Continue")
	v.presses("I confirm – sign the statement")
	v.presses("Amara Whitlock")
	v.isLogged()
	after, err := r.get("/log/checkpoint")
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the checkpoint is still %s, %v", after, err)
	}
}

// get asks for a public address as anybody can.
func (r running) get(path string) ([]byte, error) {
	answer, err := http.Get(r.base + path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }() // read to the end
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d", path, answer.StatusCode)
	}
	return io.ReadAll(answer.Body)
}

// isLogged looks for the place of a receipt in the log: the demonstration's has
// thousands of entries before it.
func (v visitor) isLogged() {
	v.t.Helper()
	if text := evaluate[string](v, "document.body.innerText"); !regexp.MustCompile(`Entry [1-9],[0-9]{3}\b`).MatchString(text) {
		v.t.Errorf("%s does not show the receipt's entry:\n%s", v.path(), text)
	}
}

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/keys"
)

// TestHelpRunsNothing: asking what a command does never does it.
func TestHelpRunsNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{{"--help"}, {"migrate", "--help"}, {"serve", "-h"}, {"config", "--help"}} {
		var out, errs bytes.Buffer
		if code := run(args, nil, &out, &errs); code != 0 || !strings.Contains(out.String(), "Usage:") || strings.Contains(out.String(), "COUNTERSIGN_LISTEN=") {
			t.Errorf("%v: exit %d\n%s%s", args, code, &out, &errs)
		}
	}
	if left, err := os.ReadDir("."); err != nil || len(left) > 0 {
		t.Errorf("something was made: %v, %v", left, err)
	}
}

// TestExitCodes: 0 done, 1 found something wrong, 2 called wrongly; messages
// say what to do.
func TestExitCodes(t *testing.T) {
	profile, err := os.ReadFile(filepath.Join("..", "internal", "assessment", "profiles", "ndg-10-demonstration.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile(filepath.Join("..", "docs", "statements.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, wording, found := strings.Cut(string(guide), "    {\"id\"") // as the guide writes it down
	wording, _, ended := strings.Cut("{\"id\""+wording, "\n\n")
	if !found || !ended {
		t.Fatal("the guide has no wording")
	}
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"annual.json": wording, "torn.json": strings.Replace(wording, "{reached}", "{reach}", 1), "ten.yaml": string(profile), "torn.yaml": strings.Replace(string(profile), "achieved", "perfect", 1)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	acts := []string{actKey(t)}
	for _, test := range []struct {
		args, environment []string
		code              int
		says              string
	}{
		{[]string{"nonsense"}, nil, 2, "countersign --help"},
		{[]string{"config"}, []string{"COUNTERSIGN_NONSENSE=1"}, 2, "COUNTERSIGN_NONSENSE"},
		{[]string{"config"}, []string{"COUNTERSIGN_BASE_URL=http://countersign.example"}, 2, "https://"},
		{[]string{"config"}, []string{"COUNTERSIGN_OIDC_CIS2_ISSUER=https://a.example", "COUNTERSIGN_OIDC_CIS2_CLIENT_ID=x"}, 2, "STEP_UP_ACR"},
		{[]string{"config"}, []string{"COUNTERSIGN_SMTP=smtp://mail.example?tls=none", "COUNTERSIGN_MAIL_FROM=a@b.example"}, 2, "on this machine alone"},
		{[]string{"config"}, []string{"COUNTERSIGN_SMTP=smtp://mail.example", "COUNTERSIGN_MAIL_FROM=nobody"}, 2, "COUNTERSIGN_MAIL_FROM"},
		{[]string{"config"}, []string{"COUNTERSIGN_SMTP=smtp://u@mail.example", "COUNTERSIGN_MAIL_FROM=a@b.example"}, 2, "needs a password"},
		{[]string{"config"}, []string{"COUNTERSIGN_MAIL_FROM=a@b.example"}, 2, "COUNTERSIGN_SMTP is missing"},
		{[]string{"config"}, []string{"COUNTERSIGN_SMTP=smtp://u@mail.example", "COUNTERSIGN_MAIL_FROM=a@b.example", "COUNTERSIGN_SMTP_PASSWORD_FILE=absent"}, 2, "SMTP_PASSWORD_FILE"},
		{[]string{"config"}, []string{"COUNTERSIGN_RETENTION_YEARS=4"}, 2, "from 5 to 100"},
		{[]string{"config"}, []string{"COUNTERSIGN_RETENTION_YEARS=101"}, 2, "from 5 to 100"},
		{[]string{"config"}, []string{"COUNTERSIGN_RETENTION_YEARS=long"}, 2, "COUNTERSIGN_RETENTION_YEARS"},
		{[]string{"import", "organisations", "absent.csv"}, nil, 2, "absent.csv"},
		{[]string{"config"}, nil, 0, ""},
		{[]string{"migrate"}, nil, 1, "COUNTERSIGN_ACT_KEY"}, // before the key is made
		{[]string{"migrate"}, acts, 0, ""},
		{[]string{"import", "profile", "ten.yaml"}, nil, 0, ""},
		{[]string{"import", "profile", "ten.yaml"}, nil, 0, ""}, // again is no change
		{[]string{"import", "template", "annual.json"}, acts, 0, ""},
		{[]string{"import", "template", "torn.json"}, nil, 1, "refused whole"},
		{[]string{"import", "template", "ten.yaml"}, nil, 1, "This is not a template"},
		{[]string{"confirm", "https://idp.example", "nobody"}, nil, 1, "do not know this login"},
		{[]string{"retention"}, nil, 0, ""},
		{[]string{"import", "profile", "torn.yaml"}, nil, 1, "refused whole"},
	} {
		var out, errs bytes.Buffer
		if code := run(test.args, test.environment, &out, &errs); code != test.code || !strings.Contains(errs.String(), test.says) {
			t.Errorf("%v %v: exit %d, want %d saying %q\n%s", test.args, test.environment, code, test.code, test.says, &errs)
		}
	}
}

// TestSecretsAreNotPrinted: neither by config nor by any way to print a value.
func TestSecretsAreNotPrinted(t *testing.T) {
	for _, database := range []string{"postgres://u:hunter2@db/x", "postgres://db/x?user=u&password=hunter2"} {
		var out, errs bytes.Buffer
		code := run([]string{"config"}, []string{"COUNTERSIGN_DATABASE=" + database, "COUNTERSIGN_OIDC_A_ISSUER=https://a.example", "COUNTERSIGN_OIDC_A_CLIENT_ID=x",
			"COUNTERSIGN_OIDC_A_CLIENT_SECRET=hunter2", "COUNTERSIGN_OIDC_A_STEP_UP_ACR=any", "COUNTERSIGN_SMTP=smtp://portal@mail.example", "COUNTERSIGN_SMTP_PASSWORD=hunter2", "COUNTERSIGN_MAIL_FROM=Countersign <a@b.example>"}, &out, &errs)
		if code != 0 || strings.Contains(out.String()+errs.String(), "hunter2") {
			t.Errorf("exit %d\n%s%s", code, &out, &errs)
		}
		if !strings.Contains(out.String(), "SMTP=smtp://portal@mail.example:587?tls=mandatory") || !strings.Contains(out.String(), "SMTP_PASSWORD=•••") {
			t.Errorf("the mail server is not printed:\n%s", &out)
		}
	}
}

// actKey makes an act key and gives the setting that names it.
func actKey(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acts")
	if _, err := keys.NewActs(path); err != nil {
		t.Fatal(err)
	}
	return prefix + "ACT_KEY=" + path
}

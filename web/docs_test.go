package main

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsTellTheTruth follows every link of the README, the documents and
// the decisions, and looks for every test the ASVS table names.
func TestDocumentsTellTheTruth(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+)\)`)
	decisions, err := filepath.Glob("../docs/decisions/*.md")
	if err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(append(decisions, others...), "../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(string(text), "\n")
		if strings.HasSuffix(path, "README.md") && lines > 100 {
			t.Errorf("the README has %d lines; a hundred is the promise", lines)
		} else if strings.Contains(path, "decisions") && lines > 40 {
			t.Errorf("%s has %d lines; forty is the promise", path, lines)
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.HasPrefix(found[1], "https://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", path, found[1])
			}
		}
	}
	tests := map[string]bool{}
	out, err := exec.Command("git", "grep", "-hoE", `^func (Test|Fuzz)[A-Za-z0-9_]+`, "--", "../*_test.go").Output()
	if err != nil {
		t.Fatal("list the tests:", err)
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		tests[strings.TrimPrefix(line, "func ")] = true
	}
	file, err := os.Open("../docs/asvs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // only read from
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for name := range strings.FieldsSeq(row[3]) {
			if strings.HasPrefix(name, "docs/") {
				if _, err := os.Stat("../" + name); err != nil {
					t.Errorf("%s names %s, which is not there", row[0], name)
				}
			} else if !tests[name] {
				t.Errorf("%s names the test %s, which does not exist", row[0], name)
			}
		}
	}
}

// TestEverySettingIsDocumented holds docs/settings.md against what the program
// knows, in both directions, with its defaults.
func TestEverySettingIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{} // the last column, by the names in the first
	named := regexp.MustCompile("`([A-Z_<>…]+)`")
	for line := range strings.SplitSeq(string(text), "\n") {
		columns := strings.Split(line, "|")
		if len(columns) != 5 {
			continue
		}
		for _, name := range named.FindAllStringSubmatch(columns[1], -1) {
			documented[name[1]] = strings.TrimSpace(columns[3])
		}
	}
	want := map[string]string{"LOG_WITNESS_<NAME>_KEY": "", "LOG_WITNESS_<NAME>_URL": "", "…_CLIENT_SECRET_FILE": ""}
	for _, s := range settings {
		want[s.name] = s.fallback
	}
	for _, ending := range providerSettings {
		if ending != "CLIENT_SECRET_FILE" {
			want["OIDC_<NAME>_"+ending] = ""
		}
	}
	for name, fallback := range want {
		said, is := documented[name]
		if !is {
			t.Errorf("docs/settings.md does not have %s", name)
		} else if fallback != "" && said != "`"+fallback+"`" {
			t.Errorf("docs/settings.md says %s of %s, and the program %q", said, name, fallback)
		}
	}
	for name := range documented {
		if _, is := want[name]; !is && name != "COUNTERSIGN_…" {
			t.Errorf("docs/settings.md has %s, which is no setting", name)
		}
	}
}

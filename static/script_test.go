package static

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The words of a moving clock must be those the server printed, or a page
// would change its wording half a minute after it was read. A wall must change
// and speak no oftener than it promises.
func TestScriptInTheBrowser(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("Node is needed to test our script")
		}
		t.Skip("left out: Node is not installed")
	}
	folder := t.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("package.json", []byte(`{"type":"module"}`))
	write("nhsuk-frontend.js", []byte("export const initAll = () => {}\n"))
	for _, name := range []string{"portal.js", "portal_test.mjs"} {
		content, err := os.ReadFile(filepath.Join("js", name))
		if err != nil {
			t.Fatal(err)
		}
		write(name, content)
	}
	said, err := exec.Command(node, filepath.Join(folder, "portal_test.mjs")).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "clock words hold") || !strings.Contains(string(said), "the wall holds") {
		t.Errorf("portal.js: %v\n%s", err, said)
	}
}

package layouttest

import (
	"strings"
	"testing"

	"countersign/views/layout"
)

func TestEveryFaultIsFound(t *testing.T) {
	for _, c := range []struct{ page, says string }{
		{`<p style="color:red">`, "style attribute"},
		{`<svg><path STYLE="fill:red"/></svg>`, "style attribute"},
		{`<style>p{}</style>`, "<style>"},
		{`<button onclick="x()">`, "onclick"},
		{`<a href="JavaScript:x()">`, "runs script"},
		{`<a href="about:invalid#TemplFailedSanitizationURL">`, "refused"},
		{`<script>alert(1)</script>`, "own"},
		{`<script src="https://cdn.example/x.js"></script>`, "another host"},
		{`<img src="//cdn.example/x.png">`, "another host"},
		{`<link rel="stylesheet" href="https://cdn.example/x.css">`, "another host"},
		{`<p id="a"></p><p id="a"></p>`, "2 times"},
		{`<html><h1></h1><label for="gone"></label></html>`, `"gone"`},
		{`<html><h1></h1><a href="#gone"></a></html>`, `"gone"`},
		{`<html><p></p></html>`, "0 first-level"},
		{`<html><h1></h1><h1></h1></html>`, "2 first-level"},
	} {
		if found := strings.Join(Faults(c.page), "; "); !strings.Contains(found, c.says) {
			t.Errorf("%s: found %q, want something that says %q", c.page, found, c.says)
		}
	}
}

func TestSoundPageHasNoFault(t *testing.T) {
	page := `<html><script>` + layout.InlineScript + `</script><h1 id="a">A</h1><p aria-describedby="a">style="x"</p><script src="/static/x.js"></script><a href="https://www.example.org/">out</a></html>`
	if found := Faults(page); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}

package devprovider

import (
	"go/build"
	"slices"
	"testing"
)

// Without the tag there is a comment to compile and nothing else.
func TestT90ReleaseHasNoDevelopmentProvider(t *testing.T) {
	release := build.Default
	release.BuildTags = nil
	pkg, err := release.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(pkg.GoFiles, []string{"doc.go"}) || len(pkg.Imports) > 0 || len(pkg.EmbedPatterns) > 0 {
		t.Errorf("a release is built from %v, imports %v, embeds %v", pkg.GoFiles, pkg.Imports, pkg.EmbedPatterns)
	}
}

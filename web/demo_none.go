//go:build !demo

package main

// demoCommands are absent from a release: it carries no development provider
// and no invented people.
type demoCommands struct{}

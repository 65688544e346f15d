// Package db holds the one SQL text of both databases and their numbered
// migrations. It has no Go code of its own: sqlc turns queries/ into
// internal/storage/gen, goose runs migrations/.
package db

import "embed"

// Migrations has one folder for each engine, with the same numbers in both.
//
//go:embed migrations
var Migrations embed.FS

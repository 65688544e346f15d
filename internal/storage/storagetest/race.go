//go:build race

package storagetest

// slowdown is how much longer the race detector may take for the same work.
const slowdown = 4

//go:build !race

package storagetest

const slowdown = 1

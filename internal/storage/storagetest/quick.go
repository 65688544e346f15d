package storagetest

import (
	"os"
	"syscall"
)

// quickFrom is how much memory there must be left for databases to live in it:
// a suite needs some hundred megabytes.
const quickFrom = 2 << 30

// Quick is the folder in which databases of tests are made: in memory where
// there is plenty, and empty (the usual one) elsewhere. The databases keep the
// settings they have in service and sync every commit; it takes no time there.
// No test here asks what a disk keeps when the power fails. What that costs is
// measured on a disk, in benchmarks.
func Quick() string {
	const folder = "/dev/shm"
	var left syscall.Statfs_t
	if err := syscall.Statfs(folder, &left); err != nil || left.Bavail*uint64(left.Bsize) < quickFrom {
		return ""
	}
	try, err := os.MkdirTemp(folder, "portal-try-")
	if err != nil {
		return ""
	}
	_ = os.Remove(try) // empty
	return folder
}

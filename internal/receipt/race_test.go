//go:build race

package receipt_test

// raceDetector slows the processor down several times.
const raceDetector = true

//go:build race

package evidence_test

// raceDetector slows the processor down several times.
const raceDetector = true

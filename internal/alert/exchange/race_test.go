//go:build race

package exchange

// raceDetector slows the processor down several times.
const raceDetector = true

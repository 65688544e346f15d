//go:build race

package pdf_test

// raceDetector slows the processor down several times.
const raceDetector = true

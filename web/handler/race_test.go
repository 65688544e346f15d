//go:build race

package handler

// raceDetector slows the processor down several times.
const raceDetector = true

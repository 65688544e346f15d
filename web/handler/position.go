package handler

import (
	"strconv"

	"countersign/internal/league"
)

// positionWords never gives a bare rank: a range of one is said to be a range.
func positionWords(row league.Row) string {
	if row.PositionLow == row.PositionHigh {
		return ordinal(row.PositionLow) + " (a range of 1)"
	}
	return ordinal(row.PositionLow) + " to " + ordinal(row.PositionHigh)
}

// noPosition is said where a likely position covers so many trusts that it says
// nothing.
const noPosition = "No clear position yet"

// unplacedWords say why, and what would change it.
func unplacedWords(row league.Row) string {
	return plural(row.N, "answer") + " due in 12 months are too few to tell your trust apart from most others. It gets clearer with every alert."
}

func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		suffix = map[int]string{1: "st", 2: "nd", 3: "rd"}[n%10]
		if suffix == "" {
			suffix = "th"
		}
	}
	return strconv.Itoa(n) + suffix
}

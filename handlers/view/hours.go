package view

import (
	"fmt"
	"math"
	"strings"
)

// Hours are working minutes in hours with one decimal.
func Hours(minutes int) float64 { return math.Round(float64(minutes)/6) / 10 }

// FormatWork writes working minutes as people say them.
func FormatWork(minutes int) string {
	if minutes < 60 {
		return fmt.Sprintf("%d 分钟", minutes)
	}
	return fmt.Sprintf("%g 工时", Hours(minutes))
}

// OrHours writes minutes in hours; null for nil.
func OrHours(minutes *int) *float64 {
	if minutes == nil {
		return nil
	}
	h := Hours(*minutes)
	return &h
}

// Twelve is a division in twelve digits.
func Twelve(division string) string {
	if len(division) < 12 {
		return division + strings.Repeat("0", 12-len(division))
	}
	return division
}

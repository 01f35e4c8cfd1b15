package analytics

import (
	"cmp"
	"strconv"
	"strings"
)

// compareVersions orders versions as people read them: v1.10.0 comes after
// v1.9.0, a pre-release before its release (semver.org, section 11), and
// whatever is not a version ("devel", a commit) before all that are.
func compareVersions(a, b string) int {
	numbersA, preA, okA := splitVersion(a)
	numbersB, preB, okB := splitVersion(b)
	if !okA || !okB {
		return cmp.Or(compareBool(okA, okB), strings.Compare(a, b))
	}
	for i := range numbersA {
		if c := cmp.Compare(numbersA[i], numbersB[i]); c != 0 {
			return c
		}
	}
	return cmp.Or(compareBool(preA == "", preB == ""), comparePre(preA, preB), strings.Compare(a, b))
}

// splitVersion reads [v]MAJOR[.MINOR[.PATCH]][-PRE][+BUILD].
func splitVersion(s string) (numbers [3]uint64, pre string, ok bool) {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "v"), "+")
	s, pre, _ = strings.Cut(s, "-")
	parts := strings.Split(s, ".")
	if len(parts) > len(numbers) {
		return numbers, "", false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return numbers, "", false
		}
		numbers[i] = n
	}
	return numbers, pre, true
}

// comparePre compares the parts between dots, numbers as numbers.
func comparePre(a, b string) int {
	partsA, partsB := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(partsA), len(partsB)) {
		numA, errA := strconv.ParseUint(partsA[i], 10, 64)
		numB, errB := strconv.ParseUint(partsB[i], 10, 64)
		c := strings.Compare(partsA[i], partsB[i])
		switch {
		case errA == nil && errB == nil:
			c = cmp.Compare(numA, numB)
		case errA == nil || errB == nil: // a number comes before a word
			c = compareBool(errB == nil, errA == nil)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(partsA), len(partsB))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

package checkpoint

import (
	"strconv"
	"strings"
)

// million is what decimals are counted in: sums of them do not depend on the
// order, as those of floating-point numbers do.
const million = 1_000_000

// millionths reads a decimal number of up to twelve digits before the point;
// what is behind the sixth digit after it is cut off.
func millionths(s string) (v int64, ok bool) {
	digits, negative := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	if whole+part == "" || len(whole) > 12 || !isDigits(whole) || !isDigits(part) {
		return 0, false
	}
	part = (part + "000000")[:6]
	v, err := strconv.ParseInt(whole+part, 10, 64)
	if negative {
		v = -v
	}
	return v, err == nil
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// decimal writes sum/count, of millionths, rounded half up from zero.
func decimal(sum, count int64) string {
	sign := ""
	if sum < 0 {
		sign, sum = "-", -sum
	}
	v := (sum + count/2) / count
	if v == 0 {
		sign = ""
	}
	s := sign + strconv.FormatInt(v/million, 10)
	if part := v % million; part != 0 {
		s += "." + strings.TrimRight(strconv.FormatInt(million+part, 10)[1:], "0")
	}
	return s
}

package sanitize

import "strings"

// cards finds numbers of payment cards: of a length and beginning that an issuer
// has (ISO/IEC 7812), in groups as they are printed or in one, with a check
// digit that is right.
func (f *finder) cards() {
	s := f.s
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		if end := cardEnd(s, i); end > 0 {
			f.add(i, end, classCard) // another one may begin within it
		}
		for i < len(s) && isDigit(s[i]) {
			i++
		}
	}
}

// cardEnd returns where the card's number ends that begins at i: at the last
// gap at which the digits until then are one, so that what follows it (the
// month, the code) does not hide it.
func cardEnd(s string, i int) (found int) {
	if before := at(s, i-1); before == '.' && isDigit(at(s, i-2)) || inHex(s, i) || inAccount(s, i) {
		return 0 // of a fraction, a digest
	}
	var digits [20]byte
	n, end, sep := 0, i, byte(0)
	for ; end < len(s) && n < len(digits); end++ {
		c := s[end]
		if isDigit(c) {
			digits[n], n = c-'0', n+1
			continue
		}
		if n < 20 && issued(digits[:n]) && luhn(digits[:n]) {
			found = end
		}
		if strings.IndexByte(" -.", c) < 0 || !isDigit(at(s, end+1)) || sep != 0 && sep != c || !group(n) {
			return found
		}
		sep = c
	}
	if end == len(s) && n < 20 && issued(digits[:n]) && luhn(digits[:n]) {
		found = end
	}
	return found
}

// inAccount reports a place within what has the form of an account's number, right
// or wrong: a country, two digits, and as many characters as that country has.
func inAccount(s string, i int) bool {
	start := i
	for k := 0; k < 8 && start >= 5 && (s[start-1] == ' ' || s[start-1] == '-') && count(s[start-5:start-1], isAlnum) == 4; k++ {
		start -= 5
		if account(s[start:]) {
			return !isAlnum(at(s, start-1))
		}
	}
	return i >= 2 && account(s[i-2:]) && !isAlnum(at(s, i-3))
}

func account(s string) bool {
	if len(s) < 15 || !isUpper(s[0]) || !isUpper(s[1]) || !isDigit(s[2]) || !isDigit(s[3]) {
		return false
	}
	n := 0
	for k := 0; k < len(s) && (isAlnum(s[k]) || (s[k] == ' ' || s[k] == '-') && n%4 == 0); k++ {
		if isAlnum(s[k]) {
			n++
		}
	}
	return n == ibanLength(s[0], s[1])
}

// group reports after how many digits a card has a space: 4-4-4-4, 4-6-5, 4-6-4.
func group(n int) bool { return n == 4 || n == 8 || n == 12 || n == 16 || n == 10 }

// inHex reports a place within a long hexadecimal number.
func inHex(s string, i int) bool {
	start, end := i, i
	for start > 0 && isHex(s[start-1]) {
		start--
	}
	for end < len(s) && isHex(s[end]) {
		end++
	}
	if end-start < 24 {
		return false
	}
	return !allDigits(s[start:end])
}

// issued reports the lengths and beginnings of the large networks.
func issued(d []byte) bool {
	if len(d) < 13 {
		return false
	}
	two, four, n := int(d[0])*10+int(d[1]), int(d[0])*1000+int(d[1])*100+int(d[2])*10+int(d[3]), len(d)
	switch {
	case four >= 2200 && four <= 2204, four == 9792: // Mir, Troy
		return n == 16
	case four == 1800, four == 2131: // JCB, as it was
		return n == 15
	case d[0] == 4: // Visa
		return n == 13 || n == 16 || n == 19
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720: // Mastercard
		return n == 16
	case two == 34, two == 37: // American Express
		return n == 15
	case four == 6011, four >= 6440 && four <= 6599: // Discover
		return n == 16 || n == 19
	case four >= 3528 && four <= 3589: // JCB
		return n == 16
	case two == 36, two == 38, two == 39, four >= 3000 && four <= 3059, four == 3095: // Diners Club
		return n == 14
	case two == 62, two == 81: // UnionPay
		return n >= 16
	case two == 50, two >= 56 && two <= 58, two == 60, two == 67, two == 63: // Maestro, RuPay
		return n == 16 || n == 18 || n == 19
	}
	return false
}

// luhn is the check of ISO/IEC 7812-1, annex B.
func luhn(d []byte) bool {
	sum, same := 0, true
	for i := range d {
		v := int(d[len(d)-1-i])
		same = same && d[i] == d[0]
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0 && !same
}

// phones finds telephone numbers written so that they cannot be much else: with
// a country's code (ITU-T E.164: + or 00, 8 to 15 digits) or in the groups of
// the North American plan.
func (f *finder) phones() {
	s := f.s
	for i := 0; i < len(s); i++ {
		end := 0
		switch c, before := s[i], at(s, i-1); {
		case c == '+' && !isAlnum(before) && before != '+' && before != '-' && before != '.' && before != ')':
			end = international(s, i+1, before == '(')
		case c == '0' && at(s, i+1) == '0' && !isAlnum(before) && (before != ' ' || !isDigit(at(s, i-2))) && strings.IndexByte(".-:/+_,#", before) < 0:
			if end = international(s, i+2, false); count(s[i:max(i, end)], isDigit) < 13 || isLetter(at(s, end)) {
				end = 0
			}
		case c == '0' && !isAlnum(before) && strings.IndexByte(".-:/+_,#", before) < 0:
			if end = national(s, i); end == 0 {
				end = spaced(s, i)
			}
		case c == '(' && at(s, i+1) == '0' && !isAlnum(before):
			end = spaced(s, i)
		case isDigit(c) && named7(s, i):
			end = bareEnd(s, i)
		case (c == '(' || isDigit(c)) && !isAlnum(before) && (before == 0 || strings.IndexByte(".-/_+:=#", before) < 0 || before == ':' || before == '='):
			end = american(s, i)
		}
		if end > 0 {
			f.add(i, end, classPhone)
			i = end - 1
		} else if isAlnum(s[i]) {
			for i+1 < len(s) && isAlnum(s[i+1]) {
				i++
			}
		}
	}
}

// international returns where a number ends whose country's code begins at i.
func international(s string, i int, open bool) int {
	if at(s, i) < '1' || at(s, i) > '9' {
		return 0
	}
	digits, end := 0, i
scan:
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case isDigit(c):
			digits, end = digits+1, j+1
			continue
		case c == '(' && !open:
			open = true
			continue
		case c == ')' && open:
			open = false
			continue
		case strings.IndexByte(" -./", c) >= 0 && (isDigit(at(s, j+1)) || at(s, j+1) == '('):
			continue
		}
		break scan
	}
	if digits < 9 || digits > 15 || isAlnum(at(s, end)) && !isLetter(at(s, end)) || at(s, end) == ',' && isDigit(at(s, end+1)) {
		return 0
	}
	return end
}

// national returns where a number ends that begins at i with the zero in front of
// an area's code, in two or three groups with hyphens between them: 9 to 11
// digits, at least four of them in the last group.
func national(s string, i int) int {
	digits, groups, last, end := 0, 1, 0, i
scan:
	for ; end < len(s); end++ {
		switch c := s[end]; {
		case isDigit(c):
			digits, last = digits+1, last+1
			continue
		case c == '-' && isDigit(at(s, end+1)) && last >= 2:
			groups, last = groups+1, 0
			continue
		}
		break scan
	}
	if digits < 9 || digits > 11 || groups < 2 || groups > 3 || last < 4 || isAlnum(at(s, end)) || at(s, end) == '.' && isDigit(at(s, end+1)) {
		return 0
	}
	return end
}

// spaced returns where a number ends that begins with an area's code, in brackets or
// not, and has groups with spaces or hyphens between them: ten or eleven digits in two
// or three groups, or five of two digits each.
func spaced(s string, i int) int {
	if isDigit(at(s, i-2)) && at(s, i-1) == ' ' {
		return 0 // the middle of a table
	}
	var groups [6]int
	n, digits, end := 0, 0, i
	for ; end < len(s); end++ {
		c := s[end]
		if isDigit(c) {
			groups[n], digits = groups[n]+1, digits+1
			continue
		}
		if bracket := c == '(' && end == i || c == ')' && s[i] == '(' && n == 0; bracket {
			continue
		}
		if c != ' ' && c != '-' || !isDigit(at(s, end+1)) || n == 5 {
			break
		}
		n++
	}
	if n == 5 || isAlnum(at(s, end)) || (at(s, end) == '.' || at(s, end) == ':') && isDigit(at(s, end+1)) {
		return 0
	}
	two := groups == [6]int{2, 2, 2, 2, 2}
	few := (n == 1 || n == 2) && digits >= 10 && digits <= 11 && groups[0] >= 3 && groups[n] >= 3 && groups[1] >= 3
	bracketed := s[i] == '(' && n >= 1 && n <= 2 && digits >= 9 && digits <= 12 && groups[0] >= 2 && groups[n] >= 3
	if (two || few || bracketed) && at(s, i+1+count(s[i:i+1], func(c byte) bool { return c == '(' })) != '0' {
		return end
	}
	return 0
}

// phoneWords are the names of what the digits of a telephone stand behind.
var phoneWords = []string{"phone", "tel", "telephone", "mobile", "cell", "fax", "sms", "whatsapp", "msisdn", "phone_number", "phonenumber", "callto", "handy"}

// named7 reports digits behind the name of a telephone.
func named7(s string, i int) bool {
	if before := at(s, i-1); before == 0 || strings.IndexByte(":=\"' ", before) < 0 {
		return false
	}
	return isOf(lastWord(s[:i]), phoneWords)
}

func bareEnd(s string, i int) int {
	digits, end := 0, i
	for j := i; j < len(s); j++ {
		if isDigit(s[j]) {
			digits, end = digits+1, j+1
		} else if strings.IndexByte(" -./()", s[j]) < 0 {
			break
		}
	}
	if digits < 7 || digits > 15 || isLetter(at(s, end)) {
		return 0
	}
	return end
}

// american returns where NXX NXX XXXX ends that begins at i, with brackets,
// hyphens, dots or spaces; N is 2 to 9, and no area code ends in 11.
func american(s string, i int) int {
	open := s[i] == '('
	if open {
		i++
	} else if at(s, i) == '1' && strings.IndexByte("-. ", at(s, i+1)) >= 0 {
		i += 2
	}
	area, ok := three(s, i)
	if !ok || s[i+1] == '1' && s[i+2] == '1' {
		return 0
	}
	i = area
	if open {
		if at(s, i) != ')' {
			return 0
		}
		if i++; at(s, i) == ' ' || at(s, i) == '-' {
			i++
		}
	} else if sep := at(s, i); sep != '-' && sep != '.' && sep != ' ' {
		return 0
	} else if i++; at(s, i+3) != sep {
		return 0
	}
	exchange, ok := three(s, i)
	if !ok || strings.IndexByte("-. ", at(s, exchange)) < 0 || at(s, exchange) == 0 {
		return 0
	}
	end := exchange + 1
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	if end != exchange+5 || isAlnum(at(s, end)) || at(s, end) == '.' && isDigit(at(s, end+1)) || at(s, end) == '-' && isDigit(at(s, end+1)) {
		return 0
	}
	return end
}

func three(s string, i int) (int, bool) {
	return i + 3, at(s, i) >= '2' && at(s, i) <= '9' && isDigit(at(s, i+1)) && isDigit(at(s, i+2))
}

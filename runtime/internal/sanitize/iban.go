package sanitize

// lengths are those of the countries of the IBAN registry (SWIFT, release 99), and
// of those that use such numbers without being in it: two letters and two digits each.
const lengths = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27" +
	"GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20" +
	"MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26" +
	"UA29VA22VG24XK20YE30" +
	"AO25BF28BJ28CF27CG27CI28CM27CV25DZ26GA27GQ27GW25IR26KM27MA28MG27ML28MZ25NE28SN28TD27TG28"

func ibanLength(a, b byte) int {
	for i := 0; i < len(lengths); i += 4 {
		if lengths[i] == a && lengths[i+1] == b {
			return int(lengths[i+2]-'0')*10 + int(lengths[i+3]-'0')
		}
	}
	return 0
}

// ibans finds account numbers of ISO 13616, in one or in groups of four, whose
// check digits are right.
func (f *finder) ibans() {
	s := f.s
	for i := 0; i+15 <= len(s); i++ {
		if !isLetter(s[i]) || !isLetter(s[i+1]) || !isDigit(s[i+2]) || !isDigit(s[i+3]) {
			continue
		}
		if n := ibanLength(upper(s[i]), upper(s[i+1])); n > 0 {
			if end := ibanEnd(s, i, n); end > 0 {
				f.add(i, end, classIBAN)
				i = end - 1
			}
		}
	}
}

func upper(c byte) byte {
	if isLower(c) {
		return c - 'a' + 'A'
	}
	return c
}

// ibanEnd returns where the n characters end that begin at i, if the whole of
// them, its first four moved to the end and letters counted from 10, leaves one
// when divided by 97 (ISO/IEC 7064, MOD 97-10).
func ibanEnd(s string, i, n int) int {
	var c [34]byte
	count, digits, end := 0, 0, i
	for end < len(s) && count < n {
		switch b := s[end]; {
		case isAlnum(b):
			c[count], count = upper(b), count+1
			if isDigit(b) {
				digits++
			}
		case (b == ' ' || b == '-') && count%4 == 0:
		default:
			return 0
		}
		end++
	}
	if count < n || digits < 6 {
		return 0
	}
	rest := 0
	for k := range n {
		if b := c[(k+4)%n]; isDigit(b) {
			rest = (rest*10 + int(b-'0')) % 97
		} else {
			rest = (rest*100 + int(b-'A') + 10) % 97
		}
	}
	if rest != 1 {
		return 0
	}
	return end
}

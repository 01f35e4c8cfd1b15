package sanitize

// bigrams says how much likelier a letter follows another one in words than by
// chance: five and the binary logarithm, rounded, a row for each first letter. It
// was counted in the words of the Go standard library's source, once a file, so
// that it knows identifiers as well as English.
const bigrams = "" +
	"25662350504756050767442330" + // a
	"64437331640722631563722161" + // b
	"72437246406542731546431020" + // c
	"63468331720533632663533340" + // d
	"53664441201557343776244530" + // e
	"63446721700643730555601130" + // f
	"52428337601436731664522101" + // g
	"71248211701341710536412020" + // h
	"43654560001668640566040304" + // i
	"64447443434354743375733333" + // j
	"72348352711435432264523131" + // k
	"62358321702712720355522050" + // l
	"75248210603352670254511110" + // m
	"62667471504424620167441030" + // n
	"43663430403557560755655100" + // o
	"72437333503621760756522150" + // p
	"43454333423443344543944343" + // q
	"61548440703345620566542040" + // r
	"52548135704432551368513050" + // s
	"61438327700431540664512251" + // t
	"45536440600657250677010301" + // u
	"73448423601343552353234201" + // v
	"72336326711336631752313301" + // w
	"65656523611332472347342431" + // x
	"33434111511666481677123123" + // y
	"53339233622332522332333435" // z

// spoken sums up for a part how many bits speak for words and numbers, and against
// characters that were drawn. What is neither a letter nor a digit says nothing.
func spoken(part string) (bits int) {
	for i := 1; i < len(part); i++ {
		a, b := part[i-1], part[i]
		switch {
		case !isAlnum(a) || !isAlnum(b):
		case isDigit(a) && isDigit(b):
			bits++
		case isDigit(a) != isDigit(b):
			bits -= 2 // a fifth of the pairs of random characters, and few of those of names
		case isLower(a) && isUpper(b):
			// where words begin, and as often by chance
		default:
			bits += int(bigrams[int(lower(a)-'a')*26+int(lower(b)-'a')]-'0') - 5
		}
	}
	return bits
}

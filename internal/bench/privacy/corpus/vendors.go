package corpus

import "strings"

// issued are the shapes of vendors' tokens: what they begin with, and the
// alphabets and lengths of what comes after that, as the vendors' documentation
// and public rule sets have them. Rare ones stand in the report half alone.
var issued = []struct {
	begin string
	tail  []shape
	rare  bool
}{
	{"ghp_", one(36, base62), false},
	{"gho_", one(36, base62), false},
	{"ghs_", one(36, base62), false},
	{"ghu_", one(36, base62), true},
	{"github_pat_", []shape{{22, base62, "_"}, {59, base62, ""}}, false},
	{"glpat-", one(20, url64), false},
	{"glrt-", one(20, url64), true},
	{"gldt-", one(20, url64), true},
	{"AKIA", one(16, uppers+"234567"), false},
	{"ASIA", one(16, uppers+"234567"), false},
	{"AIza", one(35, url64), false},
	{"GOCSPX-", one(28, url64), true},
	{"ya29.", one(68, url64), true},
	{"xoxb-", []shape{{12, digits, "-"}, {12, digits, "-"}, {24, base62, ""}}, false},
	{"xoxp-", []shape{{12, digits, "-"}, {12, digits, "-"}, {13, digits, "-"}, {32, hexes, ""}}, false},
	{"xapp-1-", []shape{{11, uppers + digits, "-"}, {13, digits, "-"}, {64, hexes, ""}}, true},
	{"sk_live_", one(24, base62), false},
	{"rk_live_", one(24, base62), false},
	{"sk_test_", one(24, base62), true},
	{"whsec_", one(32, base62), true},
	{"sk-proj-", []shape{{48, base62, "T3Bl" + "bkFJ"}, {48, base62, ""}}, false},
	{"sk-ant-api03-", []shape{{93, url64, "AA"}}, false},
	{"sk-", one(48, base62), true},
	{"hf_", one(34, lowers+uppers), false},
	{"npm_", one(36, base62), false},
	{"pypi-AgEIcHlwaS5vcmc", one(70, url64), false},
	{"rubygems_", one(48, hexes), true},
	{"dop_v1_", one(64, hexes), false},
	{"SG.", []shape{{22, url64, "."}, {43, url64, ""}}, false},
	{"xkeysib-", []shape{{64, hexes, "-"}, {16, base62, ""}}, true},
	{"shpat_", one(32, hexes), false},
	{"shpss_", one(32, hexes), true},
	{"sq0atp-", one(22, url64), false},
	{"SK", one(32, hexes), false},
	{"key-", one(32, hexes), false},
	{"ATATT3xFfGF0", one(180, url64), false},
	{"lin_api_", one(40, base62), false},
	{"ntn_", []shape{{11, digits, ""}, {35, base62, ""}}, true},
	{"figd_", one(40, url64), true},
	{"NRAK-", one(27, uppers+digits), false},
	{"glsa_", []shape{{32, base62, "_"}, {8, hexes, ""}}, true},
	{"glc_eyJ", one(60, base62), true},
	{"hvs.", one(95, url64), false},
	{"pscale_tkn_", one(43, url64), true},
	{"PMAK-", []shape{{24, hexes, "-"}, {34, hexes, ""}}, true},
	{"pul-", one(40, hexes), true},
	{"dp.pt.", one(43, base62), false},
	{"dapi", one(32, hexes), false},
	{"EZAK", one(54, base62), true},
	{"AGE-SECRET-KEY-1", one(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"), false},
	{"LTAI", one(20, base62), true},
	{"dckr_pat_", one(27, url64), false},
	{"sbp_", one(40, hexes), true},
	{"tskey-auth-", []shape{{12, base62, "-"}, {32, base62, ""}}, true},
	{"gsk_", one(52, base62), false},
	{"pplx-", one(48, base62), true},
	{"nfp_", one(36, base62), true},
	{"r8_", one(37, base62), true},
	{"sgp_", one(40, hexes), true},
	{"shippo_live_", one(40, hexes), true},
	{"duffel_live_", one(43, url64), false},
	{"dt0c01.", []shape{{24, uppers + digits, "."}, {64, uppers + digits, ""}}, true},
	{"sntryu_", one(64, hexes), false},
	{"HRKU-AA", one(58, url64), true},
	{"bkua_", one(40, hexes), true},
	{"CFPAT-", one(43, url64), true},
}

// shape is a part of a token: a number of characters and what comes after it.
type shape struct {
	n        int
	alphabet string
	after    string
}

func one(n int, alphabet string) []shape { return []shape{{n, alphabet, ""}} }

func vendorToken(r *dice, rare bool) string {
	for {
		v := issued[r.IntN(len(issued))]
		if v.rare && !rare {
			continue
		}
		var b strings.Builder
		b.WriteString(v.begin)
		for _, s := range v.tail {
			b.WriteString(r.text(s.n, s.alphabet) + s.after)
		}
		return b.String()
	}
}

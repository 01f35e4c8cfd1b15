package corpus

import (
	"fmt"
	"strings"
)

var sources = []source{
	{class: "email", positive: email, negative: notEmail},
	{class: "ipv4", positive: ipv4, negative: notIPv4},
	{class: "ipv6", positive: ipv6, negative: notIPv6},
	{class: "mac", positive: mac, negative: notMAC},
	{class: "path", positive: path, negative: notPath},
	{class: "url", positive: url, negative: notURL},
	{class: "secret", positive: assigned, negative: notAssigned},
	{class: "token", positive: vendorToken, negative: notToken},
	{class: "jwt", positive: jwt, negative: notJWT},
	{class: "pem", positive: pem, negative: notPEM, bare: true},
	{class: "card", positive: card, negative: notCard},
	{class: "iban", positive: iban, negative: notIBAN},
	{class: "phone", positive: phone, negative: notPhone},
	{class: "random", positive: random, negative: notRandom},
	{class: "user", positive: user, negative: notUser, bare: true},
	{class: "host", positive: host, negative: notHost, bare: true},
	{class: "none", positive: email, negative: prose, bare: true},
}

func email(r *dice, rare bool) string {
	domain := r.of("example.com", "example.org", "mail.example.net", "corp.example.com", "example.co.uk")
	a, b := r.first(), r.last()
	if rare {
		return r.of(
			fmt.Sprintf("%s.%s+%s@%s", a, b, r.word(), domain), fmt.Sprintf("%s_%s%d@%s", a, b, r.IntN(99), domain), strings.ToUpper(a+"@"+domain),
			fmt.Sprintf("%s@xn--bcher-kva.example", a), fmt.Sprintf("%s@bücher.example", a), fmt.Sprintf("josé.%s@%s", b, domain), fmt.Sprintf("%s@[192.0.2.%d]", a, r.between(1, 254)),
			fmt.Sprintf("o'%s@%s", b, domain), fmt.Sprintf("%s@%d.%s", a, r.between(10, 99), "example.com"))
	}
	return r.of(
		fmt.Sprintf("%s@%s", a, domain), fmt.Sprintf("%s.%s@%s", a, b, domain), fmt.Sprintf("%s%d@%s", a, r.IntN(999), domain), fmt.Sprintf("%c.%s@%s", a[0], b, domain),
		fmt.Sprintf("%s-%s@%s", a, b, domain), fmt.Sprintf("%s+tag@%s", b, domain), fmt.Sprintf("%s%%40%s", a, domain), fmt.Sprintf("%c%s@%s", a[0]-32, a[1:], domain))
}

func ipv4(r *dice, rare bool) string {
	// RFC 5737 and RFC 1918
	a := open + fmt.Sprintf("%s.%d", r.of("192.0.2", "198.51.100", "203.0.113"), r.between(1, 254)) + shut
	b := open + fmt.Sprintf("%s.%d.%d", r.of("10.3", "192.168", "172.16", "172.31", "100.64"), r.between(0, 255), r.between(1, 254)) + shut
	if rare {
		return r.of(a+fmt.Sprintf(":%d", r.between(80, 65000)), b+"/24", "tcp://"+b+":53", strings.ReplaceAll("ip-"+b, ".", "-"), "http://"+a+"/x", "::ffff:"+a, a+"-backup", "peer="+b)
	}
	return r.of(a, b, a+":443", "addr="+a, "http://"+b+":8080/health", b+",")
}

func ipv6(r *dice, rare bool) string {
	g := func() string { return r.of("a", "b", "1c", "d3") + r.text(1, hexes) }
	// RFC 3849, RFC 4193, RFC 4291
	if rare {
		return r.of("2001:DB8:"+strings.ToUpper(r.text(3, hexes)+"1::")+"1", fmt.Sprintf("fe80::%s:%s%%eth0", r.text(4, hexes), r.text(4, hexes)),
			fmt.Sprintf("[%s2001:db8::%s%s]:443", open, r.text(3, hexes), shut), fmt.Sprintf("2001:db8:0:%d:%d:%d:%d:1", r.IntN(9), r.IntN(9), r.IntN(9), r.IntN(9)), "2001:db8::192.0.2."+fmt.Sprint(r.between(1, 254)),
			"64:ff9b::c000:2"+r.text(2, hexes))
	}
	return r.of("2001:db8::"+g(), "2001:db8:"+g()+"::"+g(), "fd12:3456:789a:1::"+r.text(2, digits), "fe80::1ff:fe23:4567:"+r.text(3, hexes)+"a",
		"2001:0db8:85a3:0000:0000:8a2e:0370:"+r.text(4, hexes))
}

func mac(r *dice, rare bool) string {
	// RFC 7042: 00-00-5E-00-53-xx is for documentation
	pair := func() string { return r.text(2, hexes) }
	if rare {
		return r.of(strings.ToUpper("00-00-5e-00-53-"+pair()), "0000.5e00.53"+pair(), strings.ToUpper(fmt.Sprintf("02:00:5e:%s:%s:%s", pair(), pair(), pair())), "02:00:5e:ff:fe:10:"+pair()+":"+pair())
	}
	return r.of("00:00:5e:00:53:"+pair(), "00-00-5e-00-53-"+pair(), strings.ToUpper("00:00:5e:00:53:"+pair()), fmt.Sprintf("02:00:5e:%s:%s:%s", pair(), pair(), pair()))
}

func path(r *dice, rare bool) string {
	n, w := r.first(), r.word()
	if rare {
		return r.of(
			`\\fileserver\share\`+n+`\`+w+".xlsx", "file:///Users/"+n+"/"+w+".md", "file://nas/"+n+"/"+w, `C:\\Users\\`+n+`\\AppData\\Local\\`+w, "/c/Users/"+n+"/"+w, "/mnt/c/Users/"+n+"/"+w+".go",
			"~"+n+"/"+w+"/notes.txt", `%USERPROFILE%\`+w+`\`+n, "/var/folders/zz/"+n+r.text(6, lowers)+"/T/"+w, "/run/user/1000/"+n, "/Volumes/"+n+"/"+w, `d:\clients\`+n+`\`+w, "/data/"+n+"/"+w+"/a.csv",
			"/home/"+n+"/"+w+".go:42", "/media/"+n+"/usb/"+w, "$HOME/"+n+"/"+w)
	}
	return r.of("/home/"+n, "/home/"+n+"/src/"+w+".go", "/Users/"+n+"/Library/"+w, "~/"+w+"/"+n+".txt", `C:\Users\`+n+`\Desktop\`+w+".docx", `D:\`+n+`\`+w, `\\srv01\home\`+n, "file:///home/"+n+"/"+w,
		"/root/"+n+"/."+w, "/srv/"+n+"/"+w, "/tmp/"+n+"-"+w, "C:/Users/"+n+"/"+w, "/workspace/"+n+"/"+w)
}

func url(r *dice, rare bool) string {
	pw := r.text(8, base62)
	if rare {
		return r.of("https://"+r.text(20, base62)+"@git.example.com/x.git", "amqp://svc:"+pw+"/1@mq.example.com:5672/v", "https://bucket.example.com/o?X-Amz-Signature="+r.text(64, hexes),
			"https://example.com/cb?code="+r.text(16, base62)+"&state=1", "https://hooks.slack.com/services/T"+r.text(8, uppers+digits)+"/B"+r.text(8, uppers+digits)+"/"+r.text(24, base62), "app:"+pw+"@tcp(db.example.com:3306)/main",
			"mongodb+srv://app:"+pw+"@c0.example.net/?retryWrites=true", "https://u:p%40"+pw+"@example.com/", "https://example.com/#access_token="+r.text(20, base62))
	}
	return r.of("https://user:"+pw+"@example.com/x", "postgres://app:"+pw+"@db.example.com:5432/main?sslmode=disable", "redis://:"+pw+"@cache.example.com:6379/0", "https://example.com/api?token="+r.text(16, base62),
		"ftp://anonymous:"+pw+"@ftp.example.com", "mysql://root:"+pw+"@192.0.2.9/db", "https://example.com/r?id=3&api_key="+r.text(20, base62))
}

func assigned(r *dice, rare bool) string {
	v := open + r.text(r.between(8, 16), base62) + "7q" + shut
	phrase := open + r.of("correct", "battery", "horse") + "!" + r.text(3, digits) + shut
	if rare {
		return r.of("Authorization: Bearer "+strings.Replace(v, shut, r.text(20, url64)+"3x"+shut, 1), `\"password\":\"`+v+`\"`, "AWS_SECRET_ACCESS_KEY="+v, "--client-secret "+v, "clientSecret: '"+v+"'", "pwd="+phrase+";",
			"X-Api-Key: "+v, "DB_PASS="+v, "export GITHUB_TOKEN="+v, "token := \""+v+"\"", "AccountKey="+v+";EndpointSuffix=core", "Set-Cookie: sessionid="+v+"; Path=/", "Password = "+phrase, "_auth="+v)
	}
	return r.of("password="+v, "password="+phrase, "api_key="+v, `"password":"`+v+`"`, "token="+v, "secret: "+v, "--password "+v, "--token="+v, "APIKEY="+v, "passwd: "+v, "client_secret="+v, "Authorization: Basic "+v)
}

func jwt(r *dice, rare bool) string {
	head := r.of("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9", "eyJhbGciOiJSUzI1NiJ9", "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9")
	t := head + ".eyJzdWIi" + r.text(r.between(20, 60), url64) + "." + r.text(43, url64)
	if rare {
		return r.of("Bearer "+open+t+shut, head+".eyJzdWIi"+r.text(24, url64)+".", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0.."+r.text(16, url64)+"."+r.text(30, url64)+"."+r.text(22, url64), "jwt="+open+t+shut)
	}
	return t
}

func pem(r *dice, rare bool) string {
	line := func(n int) string { return r.text(n, base64) }
	kind := r.of("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY")
	if rare {
		kind = r.of("OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK", "CERTIFICATE")
	}
	nl := "\n"
	if rare {
		nl = r.of("\n", `\n`, "\r\n", " ")
	}
	return r.of("", "key:\n", "failed to parse: ", `{"key":"`) + open + "-----BEGIN " + kind + "-----" + nl + line(64) + nl + line(20) + "==" + nl + "-----END " + kind + "-----" + shut + r.of("", " (invalid)", `"}`)
}

func card(r *dice, rare bool) string {
	// Beginnings of networks' and processors' documented test numbers; the rest is
	// drawn, so that no number is anybody's published one.
	begin, n := r.of("411111", "424242", "400005", "555555", "510510", "222300"), 16
	if rare {
		begin = r.of("378282", "601111", "305693", "356600", "620000", "655021")
		n = map[string]int{"378282": 15, "305693": 14}[begin]
		if n == 0 {
			n = 16
		}
	}
	number := checked(begin + r.text(n-7, digits))
	switch {
	case n == 15 && r.IntN(2) == 0:
		return number[:4] + " " + number[4:10] + " " + number[10:]
	case n == 14 && r.IntN(2) == 0:
		return number[:4] + " " + number[4:10] + " " + number[10:]
	case n == 16:
		sep := r.of("", "", " ", "-")
		return number[:4] + sep + number[4:8] + sep + number[8:12] + sep + number[12:]
	}
	return number
}

// checked appends the digit of ISO/IEC 7812-1.
func checked(s string) string {
	sum := 0
	for i := range len(s) {
		v := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return s + string(rune('0'+(10-sum%10)%10))
}

func iban(r *dice, rare bool) string {
	t := r.of("DE"+r.text(18, digits), "FR"+r.text(10, digits)+r.text(11, uppers+digits)+r.text(2, digits), "GB"+r.text(4, uppers)+r.text(14, digits), "ES"+r.text(20, digits), "NL"+r.text(4, uppers)+r.text(10, digits))
	if rare {
		t = r.of("NO"+r.text(11, digits), "MT"+r.text(4, uppers)+r.text(5, digits)+r.text(18, uppers+digits), "CH"+r.text(5, digits)+r.text(12, uppers+digits), "PL"+r.text(24, digits), "BE"+r.text(12, digits), "SA"+r.text(2, digits)+r.text(18, digits))
	}
	t = t[:2] + ibanDigits(t) + t[2:]
	switch r.IntN(3) {
	case 0:
		return fours(t)
	case 1:
		if rare {
			return strings.ToLower(t)
		}
	}
	return t
}

func fours(s string) string {
	var groups []string
	for len(s) > 4 {
		groups, s = append(groups, s[:4]), s[4:]
	}
	return strings.Join(append(groups, s), " ")
}

// ibanDigits are the two check digits of ISO/IEC 7064, MOD 97-10.
func ibanDigits(t string) string {
	rest := 0
	for _, c := range t[2:] + t[:2] + "00" {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return fmt.Sprintf("%02d", 98-rest)
}

func phone(r *dice, rare bool) string {
	// Numbers kept for drama: NANP 555-01xx, Ofcom, Bundesnetzagentur, ARCEP, ACMA.
	line, area := fmt.Sprintf("01%02d", r.IntN(100)), fmt.Sprint(r.of("212", "415", "503", "617", "808"))
	if rare {
		return r.of("+1."+area+".555."+line, "1-"+area+"-555-"+line, "+44 (20) 7946 0"+r.text(3, digits), "+61 491 570 "+r.text(3, digits), "004930231250"+r.text(2, digits), "tel:"+open+"+1-"+area+"-555-"+line+shut, area+" 555 "+line, "+33199001"+r.text(3, digits))
	}
	return r.of("+1 "+area+" 555 "+line, "+1"+area+"555"+line, "("+area+") 555-"+line, area+"-555-"+line, "+44 20 7946 0"+r.text(3, digits), "+44 7700 900"+r.text(3, digits), "+49 30 23125 "+r.text(3, digits), "+33 1 99 00 "+r.text(2, digits)+" "+r.text(2, digits), area+".555."+line)
}

func random(r *dice, rare bool) string {
	if rare {
		return r.of(r.text(24, base62), r.text(40, base64), r.text(86, base64)+"==", r.text(32, lowers+digits), r.text(43, url64), r.text(28, base62))
	}
	return r.of(r.text(32, base62), r.text(40, base64), r.text(43, base64)+"=", r.text(64, base62), r.text(32, url64))
}

func user(r *dice, rare bool) string {
	u := open + User + shut
	if rare {
		return r.of("drwx------ 5 "+u+" staff 160", "by "+open+strings.ToUpper(User)+shut, "uid=1000("+u+")", u+"-laptop is busy", "home of "+u+".", `{"owner":{"name":"`+u+`"}}`, "backup-"+u+"_2026")
	}
	return r.of("user "+u+" is not in the sudoers file", "login as "+u, u, "owner="+u, `{"user":"`+u+`"}`, `["root","`+u+`"]`, "no such account: "+u+", try again")
}

func host(r *dice, rare bool) string {
	h := open + r.of(Host, "heron-7") + shut
	if rare {
		return r.of(h+":8443 refused", "node="+h+",", "x509: certificate is valid for localhost, not "+h, open+"HERON-7"+shut+" is down", `{"hosts":["`+h+`"]}`, "Nov 23 10:00:00 "+h+" tool[1]: ok")
	}
	return r.of("dial "+h+": no route", h, "running on "+h, "host="+h, `{"host":"`+h+`"}`, "lookup "+h+" on resolver")
}

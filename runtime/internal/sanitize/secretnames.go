package sanitize

import "strings"

// strength says how sure it is that what a name gets is a secret.
type strength int

const (
	notSecret  strength = iota
	weakSecret          // of a name that other things have, too: a token of a parser
	sureSecret          // of a password
)

// secretNames are how names end that get secrets, without separators.
var secretNames = []struct {
	end  string
	sure strength
}{
	{"password", sureSecret},
	{"passwd", sureSecret},
	{"passwort", sureSecret},
	{"pwd", sureSecret},
	{"pass", sureSecret},
	{"passphrase", sureSecret},
	{"secret", sureSecret},
	{"secretkey", sureSecret},
	{"apikey", sureSecret},
	{"accesskey", sureSecret},
	{"accesskeyid", weakSecret},
	{"privatekey", sureSecret},
	{"accountkey", sureSecret},
	{"sharedkey", sureSecret},
	{"signingkey", sureSecret},
	{"encryptionkey", sureSecret},
	{"masterkey", sureSecret},
	{"licensekey", sureSecret},
	{"licencekey", sureSecret},
	{"subscriptionkey", sureSecret},
	{"presharedkey", sureSecret},
	{"storagekey", sureSecret},
	{"authkey", sureSecret},
	{"appkey", sureSecret},
	{"applicationkey", sureSecret},
	{"writekey", sureSecret},
	{"insertkey", sureSecret},
	{"consumerkey", sureSecret},
	{"sessionkey", sureSecret},
	{"deploykey", sureSecret},
	{"hmackey", sureSecret},
	{"connectionstring", weakSecret},
	{"token", weakSecret},
	{"authorization", weakSecret},
	{"auth", weakSecret},
	{"credential", weakSecret},
	{"credentials", weakSecret},
	{"sessionid", weakSecret},
	{"sessid", weakSecret},
	{"cookie", weakSecret},
	{"signature", weakSecret},
	{"otp", weakSecret},
	{"csrf", weakSecret},
	{"xsrf", weakSecret},
	{"jsessionid", weakSecret},
	{"phpsessid", weakSecret},
	{"bearer", weakSecret},
	{"clientid", notSecret},
	{"pw", sureSecret},
	{"bindpw", sureSecret},
	{"rootpw", sureSecret},
	{"dbpass", sureSecret},
	{"userpass", sureSecret},
	{"storepass", sureSecret},
	{"keypass", sureSecret},
	{"sshpass", sureSecret},
	{"requirepass", sureSecret},
	{"passcode", sureSecret},
	{"clientsecret", sureSecret},
	{"appsecret", sureSecret},
	{"secretkeybase", sureSecret},
	{"accesstoken", weakSecret},
	{"refreshtoken", weakSecret},
	{"authtoken", weakSecret},
	{"apitoken", weakSecret},
	{"bottoken", weakSecret},
	{"usertoken", weakSecret},
	{"idtoken", weakSecret},
	{"sid", weakSecret},
	{"jwt", weakSecret},
	{"pat", weakSecret},
	{"kennwort", sureSecret},
	{"contraseña", sureSecret},
	{"contrasena", sureSecret},
	{"motdepasse", sureSecret},
	{"senha", sureSecret},
	{"wachtwoord", sureSecret},
	{"пароль", sureSecret},
	{"密码", sureSecret},
	{"密碼", sureSecret},
	{"パスワード", sureSecret},
}

// tooLong is how long an end is that no other word has: "PGPASSWORD".
const tooLong = 8

// secretKey says what a name gets. The end of it counts if a part of the name
// begins there: "DB_PASS", "dbPass", but not "compass".
func secretKey(key string) strength {
	key = strings.TrimRight(key, "_-. ")
	if key == "" {
		return notSecret
	}
	last := lower(key[len(key)-1])
	for k := range secretNames {
		n := &secretNames[k]
		if n.end[len(n.end)-1] != last {
			continue // most often, and before anything is called
		}
		if i, ok := endsWith(key, n.end); ok && (i == 0 || len(n.end) >= tooLong || !isLetter(key[i-1]) || isUpper(key[i]) && isLower(key[i-1])) {
			return n.sure
		}
	}
	return notSecret
}

// endsWith returns where in key the end begins, separators and case left aside.
func endsWith(key, end string) (int, bool) {
	i := len(key)
	for n := len(end); n > 0; {
		if i == 0 {
			return 0, false
		}
		i--
		if c := key[i]; c == '_' || c == '-' || c == '.' || c == ' ' {
			continue
		} else if lower(c) != end[n-1] {
			return 0, false
		}
		n--
	}
	return i, true
}

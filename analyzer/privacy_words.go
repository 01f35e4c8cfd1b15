package analyzer

import (
	"go/types"
	"reflect"
	"strings"
	"unicode"
)

// Names say what a value is by their last words: userEmail is an e-mail address,
// emailTemplate is a template, passwordLength a number. So a phrase counts where it
// ends a name, or stands in front of words that change nothing (PasswordHash, a hash
// of what identifies identifies too).

// personal and secret are phrases that name what identifies people, and what nobody
// else may know. In lower case, without anything between the words.
var (
	personal = phrases(`email emails emailaddress emailaddresses username usernames firstname lastname fullname
		realname displayname surname nickname givenname familyname maidenname loginname login screenname
		phone phones phonenumber phonenumbers telephone mobilenumber ssn socialsecuritynumber passportnumber
		address addresses streetaddress postaladdress homeaddress billingaddress shippingaddress street zipcode postcode
		postalcode birthday birthdate dateofbirth dob userid useruuid userguid accountid customerid memberid patientid
		employeeid personid deviceid machineid installid clientid visitorid contactid latitude longitude geolocation ip ips
		ipaddr ipaddress clientip remoteip peerip userip remoteaddr clientaddr peeraddr remoteaddress clientaddress macaddr macaddress
		hostname hostnames machinename computername homedir homedirectory userhome useragent iban
		taxid nationalid driverlicense licenseplate ethnicity religion diagnosis`)
	secret = phrases(`password passwords passwd pwd passphrase secret secrets secretkey clientsecret token tokens
		accesstoken refreshtoken idtoken authtoken bearertoken sessiontoken csrftoken jwt bearer apikey apikeys
		apitoken apisecret accesskey accesskeyid privatekey signingkey encryptionkey sshkey credential credentials
		authorization cookie cookies sessionid sessioncookie creditcard creditcardnumber cardnumber cvv cvc pin pincode otp
		totp mfacode recoverycode dsn connectionstring`)
	// numbers are the phrases that name what identifies also as a number.
	numbers = phrases(`phone phonenumber telephone mobilenumber ssn socialsecuritynumber passportnumber zipcode postcode
		postalcode birthday birthdate dob userid accountid customerid memberid patientid employeeid personid deviceid
		machineid contactid latitude longitude ip creditcard creditcardnumber cardnumber cvv cvc pin pincode otp totp taxid`)
	// same are words behind a phrase that leave it what it is.
	same = phrases(`hash hashed digest sha sum value values string str text raw bytes plain plaintext input field
		encoded normalized lower trimmed lowercase ptr copy old new`)
	// carriers are names of struct types all of whose text is what the name says.
	carriers = phrases(`address credential credentials secret secrets password apikey creditcard`)
)

func phrases(list string) map[string]bool {
	set := map[string]bool{}
	for p := range strings.FieldsSeq(list) {
		set[p] = true
	}
	return set
}

// words splits an identifier or a key: userEmail, UserID, api_key, HTTPToken. There is
// at least one.
func words(name string) (list []string) {
	runes, from := []rune(name), 0
	cut := func(to int) {
		if from < to {
			list = append(list, strings.ToLower(string(runes[from:to])))
		}
		from = to
	}
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			cut(i)
			from = i + 1
		case i == 0 || !unicode.IsUpper(r):
		case !unicode.IsUpper(runes[i-1]), i+1 < len(runes) && unicode.IsLower(runes[i+1]):
			cut(i)
		}
	}
	cut(len(runes))
	if len(list) == 0 {
		return []string{name}
	}
	return list
}

// meaning is what a name says about a value of type t; nil if nothing.
func meaning(name string, t types.Type) *taint {
	list := words(name)
	for len(list) > 1 && (same[list[len(list)-1]] || strings.Trim(list[len(list)-1], "0123456789") == "") {
		list = list[:len(list)-1]
	}
	for from := range list {
		phrase := strings.Join(list[from:], "")
		switch {
		case isNumber(t) && !numbers[phrase]: // a rune called token is a scanner's
		case personal[phrase]:
			return &taint{Class: "personal", What: name, Number: numbers[phrase]}
		case secret[phrase]:
			return &taint{Class: "secret", What: name, Number: numbers[phrase]}
		}
	}
	return nil
}

// marked by a struct tag: what a key of a format is called, or that the field must
// not be shown.
func tagged(field *types.Var, tag string) *taint {
	for _, key := range []string{"sensitive", "pii", "redact", "mask", "secret", "gdpr", "private"} {
		if v, ok := reflect.StructTag(tag).Lookup(key); ok && v != "false" && v != "none" {
			return &taint{Class: "secret", What: field.Name() + ", tagged " + key, Number: true}
		}
	}
	for _, key := range []string{"telemetry", "log", "masq", "slog", "privacy", "data"} {
		switch v := reflect.StructTag(tag).Get(key); v {
		case "-", "secret", "sensitive", "redact", "redacted", "pii", "personal", "mask", "omit", "private":
			return &taint{Class: "secret", What: field.Name() + ", tagged " + key + ":" + v, Number: true}
		}
	}
	for _, key := range []string{"json", "yaml", "xml", "toml", "form", "query", "header", "db", "bson", "mapstructure", "param", "gorm", "schema"} {
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get(key), ",")
		if s := meaning(name, field.Type()); s != nil {
			s.What = field.Name() + ", tagged " + key + ":" + name
			return s
		}
	}
	if isWide(field.Type()) {
		return nil
	}
	for key, class := range map[string]string{"arg": "argument", "long": "argument", "env": "environment", "envconfig": "environment"} {
		if _, ok := reflect.StructTag(tag).Lookup(key); ok {
			return &taint{Class: class, What: field.Name() + ", tagged " + key}
		}
	}
	return nil
}

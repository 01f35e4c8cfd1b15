package cases

import (
	"fmt"
	"log/slog"

	"github.com/telemetry-kit/telemetry-kit-go/runtime/telemetry"
)

type person struct {
	Email        string
	Nick         string `json:"email"`
	Note         string `sensitive:"true"`
	Hidden       string `log:"secret"`
	Ours         string `telemetry:"-"`
	PasswordHash []byte
	UserID       int64
	Plan         string `json:"plan"`
	Logins       int
	PhoneNumber  int64
}

type settings struct {
	EmailTemplateCount int
	EmailTemplate      string
	TokenizerModel     string
	PasswordLength     int
	SecretaryMode      string
	AddressableUnits   int
	MaxTokens          int
	Theme              string
}

type APIKey string

type Level string

type Tokenizer struct{ Name string }

type Address struct{ City string }

// leak: field names
func fieldName(p person) { telemetry.Track("x", slog.String("who", p.Email)) }

// leak: struct tags
func jsonTag(p person) { telemetry.Track("x", slog.String("who", p.Nick)) }

// leak: struct tags
func sensitiveTag(p *person) { telemetry.Track("x", slog.String("note", p.Note)) }

// leak: struct tags
func logTag(p *person) { telemetry.Track("x", slog.String("h", p.Hidden)) }

// leak: struct tags
func ourTag(p *person) { telemetry.Track("x", slog.String("h", p.Ours)) }

// leak: field names
func passwordHash(p person) { telemetry.Track("x", slog.String("h", fmt.Sprintf("%x", p.PasswordHash))) }

// leak: numbers
func number(p person) { telemetry.Track("x", slog.Int64("id", p.UserID)) }

// leak: numbers
func phone(p person) { telemetry.Track("x", telemetry.Value("p", p.PhoneNumber)) }

// fine: field names
func plan(p person) { telemetry.Track("x", slog.String("plan", p.Plan), slog.Int("logins", p.Logins)) }

// fine: look-alikes
func templates(s settings) {
	telemetry.Track("x", slog.Int("n", s.EmailTemplateCount), slog.String("t", s.EmailTemplate))
}

// fine: look-alikes
func tokenizer(s settings) { telemetry.Track("x", slog.String("m", s.TokenizerModel)) }

// fine: look-alikes
func tokenizerType(t Tokenizer) { telemetry.Track("x", slog.String("m", t.Name)) }

// fine: look-alikes
func lengthOf(s settings) { telemetry.Track("x", slog.Int("n", s.PasswordLength)) }

// fine: look-alikes
func secretary(s settings) {
	telemetry.Track("x", slog.String("m", s.SecretaryMode), slog.Int("u", s.AddressableUnits))
}

// fine: look-alikes
func maxTokens(s settings) { telemetry.Track("x", slog.Int("max", s.MaxTokens)) }

// fine: look-alikes
func passwordLength(password string) { telemetry.Track("x", slog.Int("n", len(password))) }

// leak: variable names
func parameter(password string) { telemetry.Track("x", slog.String("p", password)) }

// leak: variable names
func local(next func() string) {
	userEmail := next()
	telemetry.Track("x", slog.String("p", userEmail))
}

// fine: variable names
func theme(s settings) {
	theme := s.Theme
	telemetry.Track("x", slog.String("t", theme))
}

// leak: type names
func key(k APIKey) { telemetry.Track("x", slog.String("k", string(k))) }

// fine: type names
func level(l Level) { telemetry.Track("x", slog.String("l", string(l))) }

// leak: type names
func city(a Address) { telemetry.Track("x", slog.String("c", a.City)) }

// fine: shadowed names
func shadowed(password string) {
	if len(password) > 8 {
		password := "long"
		telemetry.Track("x", slog.String("p", password))
	}
}

// leak: functions' names
func getter(u interface{ GetEmail() string }) { telemetry.Track("x", slog.String("p", u.GetEmail())) }

// fine: functions' names
func check(u interface{ HasPassword() bool }) { telemetry.Track("x", slog.Bool("p", u.HasPassword())) }

// fine: look-alikes
func emailKind(u interface{ EmailProvider() string }) {
	telemetry.Track("x", slog.String("p", u.EmailProvider()))
}

//telemetry:instrument kind=command attr=user:p.UserID
//
// leak: directives
func directiveField(p person) {}

//telemetry:instrument kind=command attr=known:p.UserID!=0 attr=n:len(p.Email)
//
// fine: directives
func directiveComparison(p person) {}

//telemetry:instrument kind=command attr=plan:p.Plan|free|pro
//
// fine: directives
func directiveChoices(p person) {}

//telemetry:instrument kind=command attr=plan:p.Plan
//
// useless: directives
func directiveString(p person) {}

//telemetry:instrument kind=command attr=phone:phone
//
// leak: directives
func directiveParameter(phone int64) {}

//telemetry:instrument kind=command attr=logins:p.Logins attr=max:s.MaxTokens
//
// fine: directives
func directiveNumbers(p *person, s settings) {}

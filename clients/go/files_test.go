package leadrun

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	secret = "whsec_bGVhZHJ1bi1zZWNyZXQtb2YtdGVzdHMtMDE="
	second = "whsec_b3RoZXItc2VjcmV0LW9mLXRoZS10ZXN0cy0wMg=="
	event  = `{"type":"enrichment.completed","runId":"r","status":"completed","result":{"email":"jane@acme.example"}}`
)

var now = time.Unix(1_795_000_000, 0)

func signed(body string, at int64) http.Header {
	key, _ := base64.StdEncoding.DecodeString(secret[6:])
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "msg_1.%d.%s", at, body)
	header := http.Header{}
	header.Set("Webhook-Id", "msg_1")
	header.Set("Webhook-Timestamp", fmt.Sprint(at))
	header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return header
}

func with(name, value string) http.Header {
	header := signed(event, now.Unix())
	header.Set(name, value)
	return header
}

func TestGenuineWebhooks(t *testing.T) {
	signature := signed(event, now.Unix()).Get("Webhook-Signature")
	for name, one := range map[string]struct {
		header  http.Header
		secrets []string
	}{
		"as sent":                     {signed(event, now.Unix()), []string{secret}},
		"one of two secrets":          {signed(event, now.Unix()), []string{second, secret}},
		"a secret with blanks":        {signed(event, now.Unix()), []string{" " + secret + "\n"}},
		"a secret without its prefix": {signed(event, now.Unix()), []string{secret[6:]}},
		"nearly too old":              {signed(event, now.Unix()-300), []string{secret}},
		"nearly too new":              {signed(event, now.Unix()+300), []string{secret}},
		"one of several":              {with("Webhook-Signature", "v1,AAAA v1a,x "+signature), []string{secret}},
	} {
		read, err := unwrap([]byte(event), one.header, one.secrets, now)
		if err != nil || read.ID != "msg_1" || read.Type != "enrichment.completed" || read.Run.Email() != "jane@acme.example" {
			t.Error(name, err)
		}
	}
}

func TestForgedWebhooks(t *testing.T) {
	for name, one := range map[string]struct {
		body    string
		header  http.Header
		secrets []string
	}{
		"another body":              {event + " ", signed(event, now.Unix()), []string{secret}},
		"another secret":            {event, signed(event, now.Unix()), []string{second}},
		"no secret":                 {event, signed(event, now.Unix()), nil},
		"an empty secret":           {event, signed(event, now.Unix()), []string{""}},
		"no base64":                 {event, signed(event, now.Unix()), []string{"whsec_not base64!"}},
		"too old":                   {event, signed(event, now.Unix()-301), []string{secret}},
		"too new":                   {event, signed(event, now.Unix()+301), []string{secret}},
		"another id":                {event, with("Webhook-Id", "msg_2"), []string{secret}},
		"no id":                     {event, with("Webhook-Id", ""), []string{secret}},
		"no time":                   {event, with("Webhook-Timestamp", ""), []string{secret}},
		"a time in words":           {event, with("Webhook-Timestamp", "soon"), []string{secret}},
		"a signed time":             {event, with("Webhook-Timestamp", "+1795000000"), []string{secret}},
		"a time far away":           {event, with("Webhook-Timestamp", strings.Repeat("9", 30)), []string{secret}},
		"no signature":              {event, with("Webhook-Signature", ""), []string{secret}},
		"not ASCII":                 {event, with("Webhook-Signature", "v1,é"), []string{secret}},
		"another version":           {event, with("Webhook-Signature", "v2"+signed(event, now.Unix()).Get("Webhook-Signature")[2:]), []string{secret}},
		"no headers":                {event, http.Header{}, []string{secret}},
		"genuine, but no event":     {"[]", signed("[]", now.Unix()), []string{secret}},
		"genuine, but nothing":      {"null", signed("null", now.Unix()), []string{secret}},
		"genuine, but no JSON":      {"{", signed("{", now.Unix()), []string{secret}},
		"genuine, but without type": {"{}", signed("{}", now.Unix()), []string{secret}},
	} {
		if _, err := unwrap([]byte(one.body), one.header, one.secrets, now); !errors.Is(err, ErrWebhookSignature) {
			t.Error(name, err)
		}
	}
	if _, err := UnwrapWebhook([]byte(event), signed(event, time.Now().Unix()), secret); err != nil {
		t.Error(err)
	}
}

const journalHeadLine = `{"kind":"leadrun-resume-go","version":1,"salt":""}` + "\n"

func TestAFileThatIsSomethingElseIsLeftAlone(t *testing.T) {
	for name, content := range map[string]string{
		"a table":         "id,name\n",
		"python":          strings.Replace(journalHeadLine, "-go", "", 1),
		"newer":           strings.Replace(journalHeadLine, "1", "2", 1),
		"broken":          journalHeadLine + "{broken}\n",
		"without its run": journalHeadLine + `{"key": "k"}` + "\n",
		"a number":        journalHeadLine + "7\n",
		"no line":         "no line end",
		"an empty line":   "\n",
	} {
		path := filepath.Join(t.TempDir(), "strange")
		_ = os.WriteFile(path, []byte(content), 0o600)
		if err := newJournal(false).open(path); !errors.Is(err, ErrResumeFile) {
			t.Error(name, err)
		}
		if left, _ := os.ReadFile(path); string(left) != content {
			t.Error(name, string(left))
		}
	}
	if err := newJournal(false).open(t.TempDir()); !errors.Is(err, ErrResumeFile) {
		t.Error(err)
	}
}

func TestAJournalIsReadAgainButForALineThatWasCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	one := newJournal(true)
	if err := one.open(path); err != nil {
		t.Fatal(err)
	}
	if err := newJournal(false).open(path); !errors.Is(err, ErrResumeFile) {
		t.Error("two lists use a file", err)
	}
	ended, _ := (&Client{}).runOf([]byte(`{"runId": "1", "status": "completed", "newer": 1}`))
	for _, noted := range []struct {
		key string
		run *Run
	}{{"a", &Run{RunID: "1"}}, {"a", ended}, {"b", &Run{RunID: "2"}}} {
		if err := one.note(noted.key, noted.run); err != nil {
			t.Fatal(err)
		}
	}
	one.close()
	content, _ := os.ReadFile(path)
	_ = os.WriteFile(path, content[:len(content)-2], 0o600)
	again := newJournal(false)
	if err := again.open(path); err != nil || again.salt != one.salt || one.salt == "" {
		t.Fatal(err, again.salt)
	}
	run, err := (&Client{}).runOf(again.known["a"].Run)
	if err != nil || !run.Ended() || again.known["b"].RunID != "" {
		t.Error(err, again.known)
	}
	if err := again.note("b", &Run{RunID: "2"}); err != nil {
		t.Error(err)
	}
	again.close()
	third := newJournal(false)
	if err := third.open(path); err != nil || third.known["b"].RunID != "2" {
		t.Error(err, third.known)
	}
	third.close()
}

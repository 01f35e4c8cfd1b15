package dashboard

import (
	"bytes"
	"embed"
	"fmt"
	"hash/crc32"
	"html/template"
	"net/http"
	"path"

	"github.com/telemetry-kit/telemetry-kit-go/server/analytics"
)

//go:embed assets
var assets embed.FS

// pages are the templates, each with the frame around it.
var pages = parse("index.html", "app.html", "message.html", "welcome.html")

func parse(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.New("").Funcs(template.FuncMap{
			"number": number, "date": date, "failures": failures, "plural": plural, "breakable": breakable,
			"asset": assetURL, "rate": analytics.FormatRate, "ms": analytics.FormatMS,
		}).ParseFS(assets, "assets/frame.html", "assets/"+name))
	}
	return all
}

// render writes the whole page or none of it.
func render(w http.ResponseWriter, status int, name string, data any) error {
	var page bytes.Buffer
	if err := pages[name].ExecuteTemplate(&page, "frame", data); err != nil {
		return fmt.Errorf("rendering %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write(page.Bytes())
	if err != nil {
		return fmt.Errorf("writing page: %w", err)
	}
	return nil
}

// assetURL names an asset by what it holds, so that browsers may keep it for
// ever and still see the next version.
func assetURL(file string) (string, error) {
	text, err := assets.ReadFile("assets/" + file)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("/assets/%s?%x", file, crc32.ChecksumIEEE(text)), nil
}

// asset serves the style sheet and the icon; templates stay inside.
func asset(w http.ResponseWriter, r *http.Request) {
	types := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	file := r.PathValue("file")
	text, err := assets.ReadFile("assets/" + file)
	kind, known := types[path.Ext(file)]
	if err != nil || !known {
		http.NotFound(w, r)
		return
	}
	protect(w.Header())
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "max-age=31536000, immutable")
	_, _ = w.Write(text) //nolint:gosec // html/template has escaped it; a broken connection is nobody's to hear of
}

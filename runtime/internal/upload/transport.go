//go:build !js

package upload

import "net/http"

func transport() http.RoundTripper { return http.DefaultTransport.(*http.Transport).Clone() }

package machine

import "strings"

// maxVersion is how long a version may be: "10.0.26100.4349" and a bit.
const maxVersion = 20

// digits returns the digits and dots that a version begins with.
func digits(s string) string {
	end := 0
	for end < len(s) && end < maxVersion && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
		end++
	}
	return strings.Trim(s[:end], ".")
}

// distributions are the ids of os-release that are kept, those of the many-user ones.
var distributions = [...]string{
	"debian", "ubuntu", "fedora", "arch", "alpine", "rhel", "centos", "rocky", "almalinux", "ol", "amzn", "opensuse-leap", "opensuse-tumbleweed",
	"sles", "linuxmint", "manjaro", "pop", "kali", "raspbian", "gentoo", "nixos", "void", "endeavouros", "elementary", "zorin", "cachyos",
	"wolfi", "chainguard", "azurelinux", "mariner", "photon", "flatcar", "cos", "slackware", "clear-linux-os", "openwrt", "steamos", "bazzite",
}

// distribution reads what os-release(5) says: "debian 12", or "other". The version
// of a distribution that few people have says too much about them.
func distribution(release string) string {
	id, version := "", ""
	for line := range strings.Lines(release) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch key {
		case "ID":
			id = strings.Trim(value, `"'`)
		case "VERSION_ID":
			version = digits(strings.Trim(value, `"'`))
		}
	}
	for _, known := range distributions {
		if id == known {
			return strings.TrimSpace(known + " " + version)
		}
	}
	if release == "" {
		return ""
	}
	return Other
}

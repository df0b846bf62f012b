package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func trustCommand() *cobra.Command {
	var asPEM bool
	c := &cobra.Command{Use: "trust", Short: "Show how to trust the root that signs this installation's own TLS certificates", Args: cobra.NoArgs,
		Long: "Show how to trust the root that signs TLS certificates where no public issuer does, as with `longhouse up --https`.\nWho trusts it trusts it for names under this installation's base domain and for nothing else."}
	c.Flags().BoolVar(&asPEM, "pem", false, "print the root certificate itself, and nothing else")
	c.RunE = func(c *cobra.Command, _ []string) error {
		api, err := connectAsNobody()
		if err != nil {
			return err
		}
		root, err := answer[client.TLSAuthorityOutBody](api.GetTLSAuthority(c.Context()))
		if err != nil {
			return err
		}
		if asPEM {
			_, err := io.WriteString(c.OutOrStdout(), root.Certificate)
			return err
		}
		return show(c, root, func(line func(cells ...any)) {
			for text := range strings.Lines(howToTrust(root)) {
				line(strings.TrimSuffix(text, "\n"))
			}
		})
	}
	return c
}

// rootFile is how the commands call the file that the root was written to.
const rootFile = "longhouse-root.pem"

func howToTrust(root client.TLSAuthorityOutBody) string {
	return fmt.Sprintf(`%s
  good for     names under %s, until %s
  SHA-256      %s

Write it to a file, and compare the fingerprint with the one above where it came by another way:
  longhouse trust --pem > %[5]s
  openssl x509 -in %[5]s -noout -fingerprint -sha256

Debian, Ubuntu:
  sudo cp %[5]s /usr/local/share/ca-certificates/longhouse-root.crt && sudo update-ca-certificates
Fedora, RHEL:
  sudo trust anchor --store %[5]s
macOS:
  sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain %[5]s
Windows, as administrator:
  certutil -addstore Root %[5]s
Chrome and Chromium on Linux, which have a store of their own (package libnss3-tools):
  certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n longhouse -i %[5]s
Firefox: Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import
curl, and one command alone:
  curl --cacert %[5]s https://...
Node.js, and so most desktop clients' tools:
  NODE_EXTRA_CA_CERTS=%[5]s
`, root.Name, root.Domain, when(root.Expires), pairs(root.Fingerprint), rootFile)
}

// pairs writes a fingerprint as openssl and browsers do.
func pairs(hexadecimal string) string {
	var parts []string
	for text := strings.ToUpper(hexadecimal); len(text) > 1; text = text[2:] {
		parts = append(parts, text[:2])
	}
	return strings.Join(parts, ":")
}

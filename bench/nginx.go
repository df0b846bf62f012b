package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// nginx is one that serves with a configuration of ours, as a process of ours.
type nginx struct {
	cmd    *exec.Cmd
	dir    string
	listen string // host:port, or the path of a socket
}

// nginxTop is what all of ours have. As many workers as processors is what Debian's package comes with.
const nginxTop = `daemon off; worker_processes auto; pid %[1]s/pid; error_log %[1]s/error.log warn;
%[2]s
events { worker_connections 8192; }
http {
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 2m;
`

// A workspace needs the same of it as of the edge: the host, who asks, a body as it comes, web sockets, a line in the access log, which is
// written together with others.
const nginxProxy = `
  log_format line '$request_id $remote_addr $request_method $host $uri $status $body_bytes_sent $request_time';
  access_log %[1]s/access.log line buffer=64k flush=200ms;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream instance { server unix:%[2]s; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen %[3]s ssl; ssl_certificate %[1]s/chain.pem; ssl_certificate_key %[1]s/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
    location / {
      proxy_pass http://instance; proxy_http_version 1.1; proxy_buffers 16 8k; proxy_request_buffering off;
      proxy_set_header Host $host; proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto https;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; proxy_read_timeout 1h;
    }
  }
}
`

const nginxStatic = `
  access_log off;
  server { listen unix:%[2]s; location / { root %[1]s/files; } }
}
`

// startProxy has nginx serve https in front of the instance on a socket, with a certificate and a key of the kind that the edge has.
func startProxy(ctx context.Context, dir, socket string, control *standIn) (*nginx, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	n := &nginx{dir: filepath.Join(dir, "proxy"), listen: address}
	if err := os.MkdirAll(n.dir, 0o755); err != nil {
		return nil, err
	}
	if err := n.certify(control); err != nil {
		return nil, err
	}
	return n, n.start(ctx, fmt.Sprintf(nginxProxy, n.dir, socket, address))
}

// startStatic has nginx serve 1 KiB on a socket.
func startStatic(ctx context.Context, dir string) (*nginx, error) {
	n := &nginx{dir: filepath.Join(dir, "static"), listen: filepath.Join(dir, "static.sock")}
	if err := os.MkdirAll(filepath.Join(n.dir, "files"), 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(n.dir, "files", "main.css"), bytes.Repeat([]byte("x"), 1<<10), 0o644); err != nil {
		return nil, err
	}
	return n, n.start(ctx, fmt.Sprintf(nginxStatic, n.dir, n.listen))
}

func (n *nginx) start(ctx context.Context, rest string) error {
	program, err := exec.LookPath("nginx")
	if err != nil {
		return fmt.Errorf("%w: `make bench-edge` unpacks Debian's", err)
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;" // it reaches the instances' sockets as the edge does
	}
	file := filepath.Join(n.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(fmt.Sprintf(nginxTop, n.dir, user)+rest), 0o644); err != nil {
		return err
	}
	n.cmd = exec.Command(program, "-p", n.dir, "-c", file, "-e", filepath.Join(n.dir, "error.log"))
	n.cmd.Stderr = os.Stderr
	if err := n.cmd.Start(); err != nil {
		return err
	}
	network := "tcp"
	if strings.HasPrefix(n.listen, "/") {
		network = "unix"
	}
	return eventually(ctx, 10*time.Second, func() error {
		conn, err := net.Dial(network, n.listen)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// stop may be called again, and before start.
func (n *nginx) stop() {
	if n != nil && n.cmd != nil && n.cmd.Process != nil && n.cmd.ProcessState == nil {
		end(n.cmd)
	}
}

// workers are the processes that do the work.
func (n *nginx) workers() (pids []int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", n.cmd.Process.Pid))
	for _, field := range strings.Fields(string(text)) {
		pid, wrong := strconv.Atoi(field)
		pids, err = append(pids, pid), errors.Join(err, wrong)
	}
	return pids, err
}

func (n *nginx) processorTime() (sum time.Duration, err error) {
	pids, err := n.workers()
	for _, pid := range pids {
		used, wrong := processorTime(pid)
		sum, err = sum+used, errors.Join(err, wrong)
	}
	return sum, err
}

// certify has the control plane sign what nginx serves.
func (n *nginx) certify(control *standIn) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{hostOf(0)}}, key)
	if err != nil {
		return err
	}
	chain, err := control.signer.Sign(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}), time.Now())
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(n.dir, "chain.pem"), chain, 0o644),
		os.WriteFile(filepath.Join(n.dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

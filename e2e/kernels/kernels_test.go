package kernels

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// found is what the engine is to find in each layout of groups, in its first life and in its second.
var found = map[string]string{
	"a service of systemd":             "v2 true, missing [memory cpu pids]",
	"a delegated service without cpu":  "v2 true, missing [cpu]",
	"a delegated service":              "v2 true, missing []",
	"a delegated service with threads": "v2 true, missing []", // as an earlier release has left it
	"the root":                         "v2 true, missing []",
}

func TestTheProcessEngineOnItsKernels(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../bin/kernels/root")
	must(t, err)
	kernels, err := filepath.Glob(filepath.Join(root, "boot", "vmlinuz-*"))
	if must(t, err); len(kernels) != 2 {
		t.Fatalf("found %v in %s, expected two kernels: `make e2e-kernels` unpacks them", kernels, root)
	}
	guest := pack(t, root)
	for _, kernel := range kernels {
		t.Run(strings.TrimPrefix(filepath.Base(kernel), "vmlinuz-"), func(t *testing.T) {
			t.Parallel()
			console := boot(t, root, kernel, guest)
			for line := range strings.Lines(console) {
				if strings.Contains(line, "--- FAIL") || strings.Contains(line, "_test.go:") || strings.HasPrefix(line, "panic") {
					t.Error(strings.TrimSpace(line))
				}
			}
			for layout, want := range found {
				for _, life := range []string{"", " again"} {
					if line := "LAYOUT " + layout + life + " finds " + want; !strings.Contains(console, line) {
						t.Errorf("did not see %q", line)
					}
				}
			}
			if !strings.Contains(console, "LAYOUT threads, as domain threaded") {
				t.Error("the group that an earlier release has left is no root of threads, so that this shows nothing")
			}
			passed := strings.Count(console, "--- PASS")
			if t.Logf("%d tests passed", passed); passed < 20 || !strings.Contains(console, "ALL DONE") {
				t.Errorf("%d tests passed, and the guest's last words are:\n%s", passed, console[max(0, len(console)-3000):])
			}
		})
	}
}

// pack makes the guest's file system: a shell, and the tests.
func pack(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	tree := filepath.Join(dir, "guest")
	for _, folder := range []string{"bin", "usr/bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "var/tmp", "lib64"} {
		must(t, os.MkdirAll(filepath.Join(tree, folder), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(tree, "etc", "passwd"), []byte("root:x:0:0:root:/root:/bin/sh\n"), 0o644))
	must(t, os.WriteFile(filepath.Join(tree, "etc", "group"), []byte("root:x:0:\n"), 0o644))
	for _, file := range []string{"init", "try"} {
		data, err := os.ReadFile(file)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(tree, file), data, 0o755))
	}
	shell, err := os.ReadFile(filepath.Join(root, "bin", "busybox"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(tree, "bin", "busybox"), shell, 0o755))
	for _, name := range strings.Fields("cat dmesg echo env grep id ifconfig kill ls mkdir mount poweroff ps sed sh sleep tail true") {
		must(t, os.Symlink("busybox", filepath.Join(tree, "bin", name)))
	}
	build := exec.Command("go", "test", "-c", "-o", filepath.Join(tree, "process.test"), "./provisioner/workload/process")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	run(t, build)
	image := filepath.Join(dir, "guest.cpio")
	run(t, exec.Command("sh", "-c", fmt.Sprintf("cd %s && find . | %s cpio -o -H newc >%s", tree, filepath.Join(root, "bin", "busybox"), image)))
	return image
}

// boot returns what the guest said until it was over.
func boot(t *testing.T, root, kernel, guest string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	lib := filepath.Join(root, "usr", "lib", "x86_64-linux-gnu")
	c := exec.CommandContext(ctx, filepath.Join(root, "usr", "bin", "qemu-system-x86_64"),
		"-L", filepath.Join(root, "usr", "share", "qemu"), "-L", filepath.Join(root, "usr", "share", "seabios"),
		"-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "3072", "-nographic", "-no-reboot", "-nic", "none",
		"-kernel", kernel, "-initrd", guest, "-append", "console=ttyS0 panic=-1 quiet")
	c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+lib+":"+filepath.Join(root, "lib", "x86_64-linux-gnu"))
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	began := time.Now()
	err := c.Run()
	console := strings.ReplaceAll(said.String(), "\r", "")
	if err != nil {
		t.Fatalf("the guest ended after %s: %v\n%s", time.Since(began).Round(time.Second), err, console[max(0, len(console)-3000):])
	}
	t.Logf("the guest was over after %s", time.Since(began).Round(time.Second))
	return console
}

func run(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c, err, out)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

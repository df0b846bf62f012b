package proc

import (
	"fmt"
	"os"
	"testing"
)

func TestEnvironIsThereAsSoonAsAProcessIsStarted(t *testing.T) {
	t.Parallel()
	for i := range 300 {
		want := fmt.Sprintf("NUMBER=%d\x00", i)
		p, err := Start(Spec{Path: "/bin/sleep", Args: []string{"600"}, Env: []string{want[:len(want)-1]}})
		if err != nil {
			t.Fatal(err)
		}
		env, err := Environ(p.PID())
		if kill := p.Kill(t.Context()); kill != nil {
			t.Error(kill)
		}
		if err != nil || string(env) != want {
			t.Fatalf("process %d: got %q, %v; want %q", i, env, err, want)
		}
		if env, err := Environ(p.PID()); len(env) != 0 {
			t.Fatalf("a process that has ended has the environment %q, %v", env, err)
		}
	}
}

func TestEnvironOfWhatHasNone(t *testing.T) {
	t.Parallel()
	p, err := Start(Spec{Path: "/bin/sleep", Args: []string{"600"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Kill(t.Context()) }()
	if env, err := Environ(p.PID()); err != nil || len(env) != 0 {
		t.Errorf("got %q, %v", env, err)
	}
	if _, err := Environ(1 << 30); !os.IsNotExist(err) {
		t.Errorf("a process that never was: %v", err)
	}
}

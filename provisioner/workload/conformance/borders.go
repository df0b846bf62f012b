package conformance

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// attacks has the instance make an attack. An answer that doesn't come means that the attack was its end.
func attacks(t *testing.T, s Subject, o workload.Observed, name string, aim attack.Aim) (tries []attack.Try, answered bool) {
	t.Helper()
	b, err := json.Marshal(aim)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client(o).Post("http://instance/attack/"+name, "application/json", bytes.NewReader(b))
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("attack %s: the instance answered %s", name, resp.Status)
	}
	return tries, json.NewDecoder(resp.Body).Decode(&tries) == nil
}

func left(t *testing.T, s Subject, o workload.Observed) (l leavings) {
	t.Helper()
	if err := json.Unmarshal([]byte(get(t, s, o, "/leave")), &l); err != nil {
		t.Fatalf("an instance can't write in its own folder: %v", err)
	}
	return l
}

func ownFolder(t *testing.T, s Subject) {
	d := s.Desired(t)
	apply(t, s, d)
	before := left(t, s, serving(t, s, d))
	d = with(d, "NEW", "1")
	d.Generation++
	apply(t, s, d)
	o := serving(t, s, d)
	tries, _ := attacks(t, s, o, "read", attack.Aim{Files: []string{before.File}, Folders: []string{before.Folder}})
	for _, try := range tries {
		if try.What == "read "+before.File && try.Through {
			t.Error("what an earlier life wrote is still there")
		}
		if try.What == "list "+before.Folder && !try.Through {
			t.Errorf("it can't list its own folder: %s", try.Got)
		}
	}
	remove(t, s, d)
	if _, err := os.Stat(before.Folder); err == nil {
		t.Error("after the removal its folder is still there")
	}
}

func noIntrusion(t *testing.T, s Subject)       { intrude(t, s, false) }
func noIntrusionItself(t *testing.T, s Subject) { intrude(t, s, true) }

func intrude(t *testing.T, s Subject, itself bool) {
	t.Helper()
	d, victim := s.Desired(t), s.Desired(t)
	if itself {
		d.Broker, victim.Broker = nil, nil
	}
	apply(t, s, d)
	apply(t, s, victim)
	o, before := serving(t, s, d), serving(t, s, victim)
	of := left(t, s, before)
	aim := attack.Aim{
		Files: []string{of.File, "/etc/shadow", "/etc/passwd"}, Folders: []string{of.Folder}, Abstract: []string{abstract(t)},
		Sockets: []string{before.Socket, before.AdminSocket}, Doors: []string{door(t)}, Addresses: []string{listener(t)}, PIDs: []int{1, os.Getpid(), before.PID},
	}
	if of.Abstract != "" {
		aim.Abstract = append(aim.Abstract, of.Abstract)
	}
	for _, name := range slices.Concat(attack.Intrusions, attack.Outreaches) {
		if !s.Holds(name, itself) {
			continue
		}
		tries, answered := attacks(t, s, o, name, aim)
		if !answered || len(tries) == 0 {
			t.Errorf("attack %s was not made", name)
		}
		for _, try := range tries {
			if try.Through {
				t.Errorf("attack %s got through: %s: %s", name, try.What, try.Got)
			}
		}
	}
	if after := serving(t, s, victim); after != before {
		t.Errorf("the neighbour was %+v\nand is %+v", before, after)
	}
}

// abstract is the name of an abstract socket of somebody else.
func abstract(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("unix", "@longhouse-conformance-"+rand.Text())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()[1:]
}

// door is a socket of somebody else that is open to everybody.
func door(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lhdoor")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "s")
	ln, err := net.Listen("unix", path)
	if err == nil {
		t.Cleanup(func() { _ = ln.Close() })
		err = errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o777))
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// listener is a port of somebody else.
func listener(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.Addr().String()
}

func givenReach(t *testing.T, s Subject)       { reach(t, s, false) }
func givenReachItself(t *testing.T, s Subject) { reach(t, s, true) }

func reach(t *testing.T, s Subject, itself bool) {
	t.Helper()
	d := s.Desired(t)
	given, other := listener(t), listener(t)
	d.Reach = []string{given}
	d.Broker = &workload.Broker{Places: []workload.Place{{Address: given, Most: 4}}}
	if itself {
		d.Broker = nil
	}
	apply(t, s, d)
	tries, _ := attacks(t, s, serving(t, s, d), "connect", attack.Aim{Addresses: []string{given, other}})
	through := false
	for _, try := range tries {
		if try.Through && strings.HasSuffix(try.What, " "+other+" over tcp") && s.Holds("connect", itself) {
			t.Errorf("it reaches %s too", other)
		}
		through = through || try.Through && strings.HasSuffix(try.What, " "+given+" over tcp")
	}
	if !through {
		t.Errorf("it doesn't reach %s: %+v", given, tries)
	}
}

func memoryBounded(t *testing.T, s Subject) {
	exhausts(t, s, workload.Limits{MemoryBytes: 192 << 20}, "memory", 2<<30, "memory")
}

func diskBounded(t *testing.T, s Subject) {
	exhausts(t, s, workload.Limits{DiskBytes: 64 << 20}, "disk", 8<<30, "disk")
}

// exhausts has an instance take what it can until that is refused or its end, of which LastExit then names the cause.
func exhausts(t *testing.T, s Subject, l workload.Limits, name string, most int64, cause string) {
	t.Helper()
	if !s.Holds(name, false) {
		return
	}
	d, neighbour := s.Desired(t), s.Desired(t)
	d.Limits = l
	apply(t, s, neighbour)
	apply(t, s, d)
	before := serving(t, s, neighbour)
	if tries, refused := attacks(t, s, serving(t, s, d), name, attack.Aim{Most: most}); refused {
		if tries[0].Through {
			t.Errorf("it got as much as it wanted: %s", tries[0].Got)
		}
	} else {
		o := until(t, s, d.ID, "an end that says why", func(o workload.Observed) bool { return o.LastExit != "" })
		if !strings.Contains(o.LastExit, cause) {
			t.Errorf("it is said to have ended so: %s", o.LastExit)
		}
		serving(t, s, d)
	}
	if after := serving(t, s, neighbour); after != before {
		t.Errorf("the neighbour was %+v\nand is %+v", before, after)
	}
}

func processesBounded(t *testing.T, s Subject) {
	if !s.Holds("fork", false) {
		return
	}
	d, neighbour := s.Desired(t), s.Desired(t)
	d.Limits.PIDs, neighbour.Limits.PIDs = 64, 64
	apply(t, s, neighbour)
	apply(t, s, d)
	before := serving(t, s, neighbour)
	tries, answered := attacks(t, s, serving(t, s, d), "fork", attack.Aim{Most: 1000})
	if answered && tries[0].Through {
		t.Errorf("it made as many as it wanted: %s", tries[0].Got)
	}
	if after := serving(t, s, neighbour); after != before {
		t.Errorf("the neighbour was %+v\nand is %+v", before, after)
	}
}

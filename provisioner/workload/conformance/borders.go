package conformance

import (
	"bytes"
	"encoding/json"
	"net/http"
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

func left(t *testing.T, s Subject, o workload.Observed) (l Leavings) {
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
	if !s.Gone(t, d.ID, before) {
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
	aim := s.Victim(t, before, of)
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

func givenReach(t *testing.T, s Subject)       { reach(t, s, false) }
func givenReachItself(t *testing.T, s Subject) { reach(t, s, true) }

func reach(t *testing.T, s Subject, itself bool) {
	t.Helper()
	d := s.Desired(t)
	given, other := s.Listener(t), s.Listener(t)
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

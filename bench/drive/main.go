// Command drive measures a chat server that speaks the Mattermost API v4.
//
// It uses nothing but the official client library (Client4 and
// WebSocketClient), so the same binary can be pointed at any server with a
// compatible API and the numbers compared. See README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scenarioNames is the order in which "-scenario all" runs them. search is
// last: its preload leaves a large database behind for whatever follows.
var scenarioNames = []string{"login", "post", "read", "fanout", "sockets", "search"}

type config struct {
	url      string
	prefix   string
	password string
	users    int
	channels int

	duration time.Duration
	warmup   time.Duration
	settle   time.Duration

	postConc  []int
	readConc  int
	readPage  int
	loginConc int

	fanout     []int
	fanoutMsgs int
	fanoutGap  time.Duration

	sockets int

	preload     int
	preloadConc int
	preloadMax  time.Duration
	searchN     int
	searchConc  []int
}

// report is the JSON document written at the end.
type report struct {
	Tool     string         `json:"tool"`
	URL      string         `json:"url"`
	Started  time.Time      `json:"started"`
	Seconds  float64        `json:"seconds"`
	Label    string         `json:"label,omitempty"`
	Config   map[string]any `json:"config"`
	Setup    *setupResult   `json:"setup,omitempty"`
	Results  []result       `json:"results"`
	Failures []string       `json:"failures,omitempty"`
}

// result is one measured figure: a scenario at one setting.
type result struct {
	Scenario string             `json:"scenario"`
	Setting  string             `json:"setting"`
	Load1    [2]float64         `json:"load1_before_after"`
	Seconds  float64            `json:"seconds"`
	Ops      int                `json:"ops"`
	AllOps   int                `json:"ops_with_warmup"` // what the CPU figures paid for
	Errors   int                `json:"errors"`
	PerSec   float64            `json:"ops_per_s"`
	Latency  *summary           `json:"latency_ms,omitempty"`
	More     map[string]summary `json:"more_ms,omitempty"`
	Values   map[string]float64 `json:"values,omitempty"`
	Watch    []procUse          `json:"watch,omitempty"`
	CPU      cpuShare           `json:"cpu"`
	Samples  []string           `json:"error_samples,omitempty"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "drive:", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	flag.StringVar(&c.url, "url", "http://127.0.0.1:8065", "base URL of the server")
	flag.StringVar(&c.prefix, "prefix", "drive", "name prefix of everything that is created")
	flag.StringVar(&c.password, "password", "Drive-Pass-1234", "password of every user that is created")
	flag.IntVar(&c.users, "users", 510, "users in the team")
	flag.IntVar(&c.channels, "channels", 20, "public channels that the posting users are members of")
	flag.DurationVar(&c.duration, "duration", 20*time.Second, "length of one closed-loop measurement")
	flag.DurationVar(&c.warmup, "warmup", 3*time.Second, "unmeasured start of each closed-loop measurement")
	flag.DurationVar(&c.settle, "settle", 2*time.Second, "pause before each measurement")
	postConc := flag.String("post-conc", "1,8,32", "concurrency levels of the post scenario")
	flag.IntVar(&c.readConc, "read-conc", 16, "concurrency of the read scenario")
	flag.IntVar(&c.readPage, "read-page", 60, "posts per read")
	flag.IntVar(&c.loginConc, "login-conc", 4, "concurrency of the login scenario")
	fanout := flag.String("fanout", "50,500", "websocket client counts of the fanout scenario")
	flag.IntVar(&c.fanoutMsgs, "fanout-msgs", 100, "messages sent per websocket client count")
	flag.DurationVar(&c.fanoutGap, "fanout-gap", 100*time.Millisecond, "pause between fanout messages")
	flag.IntVar(&c.sockets, "sockets", 2000, "idle websocket clients of the sockets scenario")
	flag.IntVar(&c.preload, "preload", 100_000, "posts that the search scenario wants in place")
	flag.IntVar(&c.preloadConc, "preload-conc", 16, "concurrency of the preload")
	flag.DurationVar(&c.preloadMax, "preload-max", 6*time.Minute, "give up preloading after this long and search what is there")
	flag.IntVar(&c.searchN, "search-n", 100, "searches per kind of query")
	searchConc := flag.String("search-conc", "1,4", "concurrency levels of the search scenario")

	scenario := flag.String("scenario", "all", "comma-separated: setup, "+strings.Join(scenarioNames, ", ")+" or all")
	watch := flag.String("watch", "", "processes whose CPU time and memory to record, with their descendants: name=pid,name=pid")
	label := flag.String("label", "", "free text copied to the output")
	timeout := flag.Duration("timeout", 25*time.Minute, "stop everything after this long")
	out := flag.String("o", "", "write the JSON here (default: standard output)")
	flag.Parse()

	var err error
	if c.postConc, err = ints(*postConc); err != nil {
		return fmt.Errorf("-post-conc: %w", err)
	}
	if c.fanout, err = ints(*fanout); err != nil {
		return fmt.Errorf("-fanout: %w", err)
	}
	if c.searchConc, err = ints(*searchConc); err != nil {
		return fmt.Errorf("-search-conc: %w", err)
	}
	watched, err := parseWatch(*watch)
	if err != nil {
		return fmt.Errorf("-watch: %w", err)
	}
	want, err := scenarios(*scenario)
	if err != nil {
		return err
	}
	if need := slices.Max(slices.Concat(c.fanout, c.postConc, c.searchConc, []int{c.readConc, c.preloadConc})) + 1; c.users < need {
		return fmt.Errorf("-users %d is too few for the settings: at least %d", c.users, need)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()

	rep := report{Tool: "drive 1", URL: c.url, Started: time.Now().UTC(), Label: *label, Config: settings()}
	w := newWorld(c, watched)
	runErr := func() error {
		if rep.Setup, err = w.setup(ctx); err != nil {
			return fmt.Errorf("setup: %w", err)
		}
		for _, name := range want {
			rs, err := w.scenario(ctx, name)
			rep.Results = append(rep.Results, rs...)
			if err != nil {
				rep.Failures = append(rep.Failures, name+": "+err.Error())
				logf("%s: %v", name, err)
			}
			if ctx.Err() != nil {
				return errors.New("stopped: " + context.Cause(ctx).Error())
			}
		}
		return nil
	}()
	if runErr != nil {
		rep.Failures = append(rep.Failures, runErr.Error())
	}
	rep.Seconds = round(time.Since(rep.Started).Seconds())

	b, err := json.MarshalIndent(rep, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if *out == "" {
		_, err = os.Stdout.Write(b)
	} else {
		err = os.WriteFile(*out, b, 0o644)
	}
	if err != nil {
		return err
	}
	if len(rep.Failures) > 0 {
		return errors.New(strings.Join(rep.Failures, "; "))
	}
	return nil
}

// settings returns the flags in force, for the record, without the password.
func settings() map[string]any {
	m := map[string]any{}
	flag.VisitAll(func(f *flag.Flag) {
		if f.Name != "password" && f.Name != "o" {
			m[f.Name] = f.Value.String()
		}
	})
	return m
}

func scenarios(list string) ([]string, error) {
	if list == "all" {
		return scenarioNames, nil
	}
	var want []string
	for _, s := range strings.Split(list, ",") {
		switch {
		case s == "setup": // always done
		case slices.Contains(scenarioNames, s):
			want = append(want, s)
		default:
			return nil, fmt.Errorf("unknown scenario %q", s)
		}
	}
	return want, nil
}

func ints(s string) ([]int, error) {
	var out []int
	for _, f := range strings.Split(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(f))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a positive number", f)
		}
		out = append(out, n)
	}
	return out, nil
}

func logf(format string, a ...any) {
	fmt.Fprintf(os.Stderr, time.Now().Format("15:04:05 ")+format+"\n", a...)
}

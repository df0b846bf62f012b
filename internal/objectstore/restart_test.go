package objectstore_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestARestartKeepsEverything(t *testing.T) {
	t.Parallel()
	n := setup(t)
	body := random(100000)
	n.put("k", body)
	u := n.begin("up", s3.CreateMultipartUploadInput{})
	u.part(1, body)
	endpoint := n.store.Endpoint
	n.store.Restart()
	if n.store.Endpoint != endpoint {
		t.Errorf("the endpoint moved from %s to %s", endpoint, n.store.Endpoint)
	}
	if _, err := u.complete(); err != nil {
		t.Error(err)
	}
	for _, key := range []string{"k", "up"} {
		if !bytes.Equal(n.get(key), body) {
			t.Errorf("%s differs", key)
		}
	}
	buckets, err := n.store.Admin.Buckets(t.Context())
	if err != nil || len(buckets) != 1 || buckets[0].Owner != n.access || buckets[0].Key != n.key {
		t.Errorf("%+v %v", buckets, err)
	}
}

func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	n := setup(t)
	const writers, enough = 4, 40
	acknowledged := make(chan string, 10000)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("d%d/%d/k%d", w, i%7, i%50) // some are replaced
				body := key + strings.Repeat(fmt.Sprintf(" %d", i), 20000)
				if _, err := n.s3.PutObject(background(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key, Body: strings.NewReader(body)}); err != nil {
					return // killed
				}
				acknowledged <- key
			}
		})
	}
	waitFor(t, func() bool { return len(acknowledged) >= enough })
	n.store.Kill()
	wg.Wait()
	close(acknowledged)
	n.store.StartAgain()
	for key := range acknowledged {
		if body := n.get(key); !bytes.HasPrefix(body, []byte(key+" ")) {
			t.Errorf("%s holds %.30q", key, body)
		}
	}
	for _, dir := range []string{"tmp", "trash"} {
		if left, _ := os.ReadDir(filepath.Join(n.store.Config.Dir, dir)); len(left) != 0 {
			t.Errorf("%s: %v", dir, left)
		}
	}
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-deadline:
			t.Fatal("waited in vain")
		case <-tick.C:
		}
	}
}

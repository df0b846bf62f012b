package objectstore_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/longhouse-dev/longhouse/internal/objectstore/admin"
	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
)

func TestAdministrationCanBeRepeated(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	a, ctx := store.Admin, t.Context()
	for range 2 {
		for what, err := range map[string]error{
			"credential": a.PutCredential(ctx, "owner", "0123456789abcdef"),
			"bucket":     a.PutBucket(ctx, "bucket", "owner", "key"),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	buckets, _ := a.Buckets(ctx)
	credentials, _ := a.Credentials(ctx)
	keys, err := a.Keys(ctx)
	if got := fmt.Sprint(buckets, credentials, keys, err); got != "[{bucket owner key}] [owner] [key] <nil>" {
		t.Error(got)
	}
	for range 2 {
		for what, err := range map[string]error{
			"bucket": a.DeleteBucket(ctx, "bucket"), "credential": a.DeleteCredential(ctx, "owner"), "key": a.DestroyKey(ctx, "key"),
		} {
			if err != nil {
				t.Errorf("delete %s: %v", what, err)
			}
		}
	}
	buckets, _ = a.Buckets(ctx)
	credentials, _ = a.Credentials(ctx)
	keys, err = a.Keys(ctx)
	if got := fmt.Sprint(buckets, credentials, keys, err); got != "[] [] [] <nil>" {
		t.Error(got)
	}
}

func TestADerivedKeyGoesWithItsKey(t *testing.T) {
	t.Parallel()
	n := setup(t)
	a, ctx := n.store.Admin, t.Context()
	if err := a.PutBucket(ctx, "other", n.access, "other-key"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, of := range [][2]string{{n.key, "backups"}, {n.key, "exports"}, {"other-key", "backups"}} {
		key, err := a.DeriveKey(ctx, of[0], of[1])
		again, err2 := a.DeriveKey(ctx, of[0], of[1])
		if err := errors.Join(err, err2); err != nil || len(key) != 32 || string(key) != string(again) {
			t.Errorf("%v: %d bytes, then %d: %v", of, len(key), len(again), err)
		}
		if other := seen[string(key)]; other != "" {
			t.Errorf("%v has the key of %s", of, other)
		}
		seen[string(key)] = fmt.Sprint(of)
	}
	if err := a.DestroyKey(ctx, n.key); err != nil {
		t.Fatal(err)
	}
	for _, none := range []string{n.key, "never-made"} {
		if _, err := a.DeriveKey(ctx, none, "backups"); !errors.Is(err, admin.ErrNoKey) {
			t.Errorf("of %s: %v", none, err)
		}
	}
	for of, allowed := range map[[2]string]string{{"object-store-credentials", "backups"}: "the store's own", {"other-key", "../x"}: "are allowed", {"A", "backups"}: "are allowed"} {
		if _, err := a.DeriveKey(ctx, of[0], of[1]); err == nil || !strings.Contains(err.Error(), allowed) {
			t.Errorf("%v: %v", of, err)
		}
	}
}

func TestABucketsOwnerAndKeyNeverChange(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, other := range [][2]string{{"somebody", n.key}, {n.access, "other-key"}} {
		err := n.store.Admin.PutBucket(t.Context(), n.bucket, other[0], other[1])
		if !errors.Is(err, admin.ErrConflict) || !strings.Contains(err.Error(), "neither can be changed") {
			t.Errorf("%v: %v", other, err)
		}
	}
	if keys, _ := n.store.Admin.Keys(t.Context()); len(keys) != 1 {
		t.Errorf("a refused request made a key: %v", keys)
	}
}

func TestADeletedBucketIsGoneWithEverythingInIt(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("a/b/c", random(1000))
	n.begin("up", s3.CreateMultipartUploadInput{}).part(1, random(1000))
	if err := n.store.Admin.DeleteBucket(t.Context(), n.bucket); err != nil {
		t.Fatal(err)
	}
	_, err := n.tryGet("a/b/c", "")
	wantCode(t, "get", err, "NoSuchBucket")
	for path := range n.files() {
		rel := strings.TrimPrefix(path, n.store.Config.Dir+"/")
		if strings.Contains(rel, n.bucket) || strings.HasPrefix(rel, "trash/") || strings.HasPrefix(rel, "tmp/") {
			t.Errorf("left: %s", path)
		}
	}
	if err := n.store.Admin.PutBucket(t.Context(), n.bucket, n.access, n.key); err != nil {
		t.Fatal(err)
	}
	if keys := n.keys(); keys != "" {
		t.Errorf("a new bucket of that name holds %s", keys)
	}
}

func TestOnlyAnEmptyBucketIsDeletedWhereThatIsAsked(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("a/b", nil)
	if err := n.store.Admin.DeleteEmptyBucket(t.Context(), n.bucket); !errors.Is(err, admin.ErrConflict) {
		t.Errorf("with an object in it: %v", err)
	}
	key := "a/b"
	if _, err := n.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &n.bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := n.store.Admin.DeleteEmptyBucket(t.Context(), n.bucket); err != nil {
			t.Error(err)
		}
	}
}

func TestPutsIntoABucketThatIsBeingDeleted(t *testing.T) {
	t.Parallel()
	n := setup(t)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				key := fmt.Sprintf("d%d/k", i)
				n.s3.PutObject(background(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key, Body: strings.NewReader("x")})
			}
		}
	}()
	for range 20 {
		if err := n.store.Admin.DeleteBucket(t.Context(), n.bucket); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(n.store.Config.Dir, "buckets", n.bucket)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the deleted bucket's folder: %v", err)
		}
		if err := n.store.Admin.PutBucket(t.Context(), n.bucket, n.access, n.key); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	<-done
}

func TestBadAdministrationIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	a, ctx := store.Admin, t.Context()
	for what, err := range map[string]error{
		"short bucket":         a.PutBucket(ctx, "ab", "owner", "key"),
		"upper-case bucket":    a.PutBucket(ctx, "Bucket", "owner", "key"),
		"bucket with a slash":  a.PutBucket(ctx, "a/../b", "owner", "key"),
		"bucket with two dots": a.PutBucket(ctx, "a..b", "owner", "key"),
		"no owner":             a.PutBucket(ctx, "bucket", "", "key"),
		"no key":               a.PutBucket(ctx, "bucket", "owner", ""),
		"key with a slash":     a.PutBucket(ctx, "bucket", "owner", "../key"),
		"access with a slash":  a.PutCredential(ctx, "../x", "0123456789abcdef"),
		"short secret":         a.PutCredential(ctx, "owner", "short"),
		"the store's own key":  a.PutBucket(ctx, "bucket", "owner", "object-store-credentials"),
		"to destroy that":      a.DestroyKey(ctx, "object-store-credentials"),
	} {
		if err == nil || !strings.Contains(err.Error(), "allowed") && !strings.Contains(err.Error(), "not valid") && !strings.Contains(err.Error(), "own") {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && strings.Contains(err.Error(), "short") && what == "short secret" {
			t.Errorf("the secret is in the error: %v", err)
		}
	}
	buckets, _ := a.Buckets(ctx)
	credentials, _ := a.Credentials(ctx)
	if len(buckets)+len(credentials) != 0 {
		t.Errorf("made: %v %v", buckets, credentials)
	}
}

func TestTheAdminSocketIsForOwnerAndGroup(t *testing.T) {
	t.Parallel()
	store := storetest.Start(t)
	info, err := os.Stat(store.Config.AdminSocket)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	for path, f := range (&tenant{t: t, store: store}).modes() {
		if f.Perm()&0o077 != 0 {
			t.Errorf("%s has mode %#o", path, f.Perm())
		}
	}
}

func (n *tenant) modes() map[string]os.FileMode {
	out := map[string]os.FileMode{}
	filepath.Walk(n.store.Config.Dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			out[path] = info.Mode()
		}
		return err
	})
	return out
}

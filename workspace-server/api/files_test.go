package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// shelf is a bundle's bucket, seen from outside.
type shelf struct {
	*bundle
	store  *storetest.Store
	bucket config.Bucket
	s3     *s3.Client
}

func (s *shelf) vault(db *store.DB) *files.Vault {
	return files.NewVault(db, clock.System, func() int64 { return s.api.Config.Settings().MaxFileSize }, s.bucket, nil)
}

func setupWithFiles(t testing.TB) *shelf {
	t.Helper()
	s := &shelf{bundle: setup(t), store: storetest.Start(t)}
	to := config.Bucket{Endpoint: "http://" + s.store.Endpoint, Region: "local", Name: "files", AccessKey: "shelfkey", SecretKey: "shelfsecret-0123456789"}
	if err := s.store.Admin.PutCredential(t.Context(), to.AccessKey, to.SecretKey); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Admin.PutBucket(t.Context(), to.Name, to.AccessKey, "key"); err != nil {
		t.Fatal(err)
	}
	s.bucket = to
	s.api.Files = s.vault(s.api.DB)
	s.api.Emoji.Files = s.api.Files
	s.s3 = s3.New(s3.Options{Region: to.Region, BaseEndpoint: aws.String(to.Endpoint), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(to.AccessKey, to.SecretKey, "")})
	return s
}

func (s *shelf) upload(name string) id.ID {
	s.t.Helper()
	out := must[wire.FileUploadResponse](s.bundle, s.member, http.MethodPost, "/files?channel_id="+s.public.ID.String()+"&filename="+name, []byte("content"))
	return out.FileInfos[0].ID
}

func (s *shelf) post(file id.ID) answer {
	s.t.Helper()
	return s.call(s.member, http.MethodPost, "/posts", map[string]any{"channel_id": s.public.ID, "message": "see", "file_ids": []id.ID{file}})
}

func (s *shelf) objects() int {
	s.t.Helper()
	list, err := s.s3.ListObjectsV2(s.t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("files")})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list.Contents)
}

// later moves the vault's clock.
func (s *shelf) later(by time.Duration) {
	s.api.Files.Now = func() time.Time { return time.Now().Add(by) }
}

func TestAFileThatTheBucketLostIsNotFoundAndNotCutOff(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file := s.upload("note.txt")
	if _, err := s.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("files"), Key: aws.String("files/" + file.String())}); err != nil {
		t.Fatal(err)
	}
	got := s.call(s.member, http.MethodGet, "/files/"+file.String(), nil)
	if got.status != http.StatusNotFound || got.error().ID != "app.file.get.find.app_error" || got.header.Get("Content-Disposition") != "" {
		t.Fatalf("%d %v %s", got.status, got.header, got.body)
	}
}

func TestAnUploadThatCantBeNotedLeavesNoObject(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	if _, err := s.api.Files.Save(t.Context(), s.member.id, id.New(), "note.txt", http.NoBody); err == nil {
		t.Fatal("a file of a channel that does not exist was taken")
	}
	if n := s.objects(); n != 0 {
		t.Fatalf("%d objects", n)
	}
}

func TestAnUploadWithoutAPostGoesAfterADay(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	posted, forgotten := s.upload("posted.txt"), s.upload("forgotten.txt")
	if got := s.post(posted); got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.body)
	}
	s.later(23 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.must(s.member, http.MethodGet, "/files/"+forgotten.String(), nil)
	s.later(25 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.call(s.member, http.MethodGet, "/files/"+forgotten.String(), nil).status; got != http.StatusNotFound || s.objects() != 1 {
		t.Errorf("a day later: %d, %d objects", got, s.objects())
	}
	if got := string(s.must(s.member, http.MethodGet, "/files/"+posted.String(), nil)); got != "content" {
		t.Errorf("the posted file: %q", got)
	}
}

// What a tidy has given up nobody can post, and the next tidy ends what it began.
func TestATidyThatTheStoreInterruptsIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file := s.upload("note.txt")
	s.later(25 * time.Hour)
	s.store.Kill()
	if err := s.api.Files.Tidy(t.Context()); err == nil {
		t.Fatal("an object was removed from a dead store")
	}
	if got := s.post(file); got.status != http.StatusBadRequest {
		t.Errorf("a file that is on its way out was posted: %d %s", got.status, got.body)
	}
	s.store.StartAgain()
	if err := s.api.Files.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.objects(); n != 0 {
		t.Fatalf("%d objects", n)
	}
	left, err := s.api.DB.GoneFiles(t.Context(), dbsql.GoneFilesParams{Before: time.Now().Add(48 * time.Hour).UnixMilli(), MaxRows: 1})
	if err != nil || len(left) != 0 {
		t.Fatalf("rows of %v are left (%v)", left, err)
	}
}

// A deleted post's files are gone for everybody at once, and from the bucket a day later; so are those of the replies to it.
func TestFilesGoWithTheirPost(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	var of wire.Post
	kept, root, reply := s.upload("kept.txt"), s.upload("root.txt"), s.upload("reply.txt")
	s.post(kept)
	if err := json.Unmarshal(s.post(root).body, &of); err != nil {
		t.Fatal(err)
	}
	s.must(s.admin, http.MethodPost, "/posts", map[string]any{"channel_id": s.public.ID, "root_id": of.ID, "message": "and here"})
	s.must(s.member, http.MethodPost, "/posts", map[string]any{"channel_id": s.public.ID, "root_id": of.ID, "message": "", "file_ids": []id.ID{reply}})
	s.must(s.member, http.MethodDelete, "/posts/"+of.ID.String(), nil)
	for _, path := range []string{"", "/info", "/thumbnail", "/preview"} {
		for _, file := range []id.ID{root, reply} {
			for _, as := range []person{s.member, s.admin} {
				if got := s.call(as, http.MethodGet, "/files/"+file.String()+path, nil).status; got != http.StatusNotFound {
					t.Errorf("%s of a deleted post's file answers %d", path, got)
				}
			}
		}
	}
	for _, at := range []struct {
		after   time.Duration
		objects int
	}{{23 * time.Hour, 3}, {25 * time.Hour, 1}} {
		s.later(at.after)
		if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != at.objects {
			t.Errorf("after %s there are %d objects (%v)", at.after, s.objects(), err)
		}
	}
	s.must(s.admin, http.MethodGet, "/files/"+kept.String(), nil)
}

func TestAFileThatABookmarkHadGoesToo(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file := s.upload("plan.txt")
	at := s.in(s.public) + "/bookmarks"
	made := must[wire.ChannelBookmarkWithFile](s.bundle, s.member, http.MethodPost, at, map[string]any{"display_name": "plan", "type": "file", "file_id": file})
	s.must(s.member, http.MethodDelete, at+"/"+made.ID.String(), nil)
	s.later(25 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != 0 {
		t.Errorf("%d objects (%v)", s.objects(), err)
	}
	if got := s.call(s.member, http.MethodGet, "/files/"+file.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("it answers %d", got)
	}
	if gone := must[[]wire.ChannelBookmarkWithFile](s.bundle, s.member, http.MethodGet, at+"?bookmarks_since=1", nil); len(gone) != 1 || gone[0].DeleteAt == 0 {
		t.Errorf("bookmarks since then: %+v", gone)
	}
}

// A file can be at a channel's top and in a post, which is deleted: it waits for the bookmark, and keeps nothing else in the bucket.
func TestADeletedPostsFileThatABookmarkHasStopsNoTidy(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file, other := s.upload("plan.txt"), s.upload("other.txt")
	at := s.in(s.public) + "/bookmarks"
	made := must[wire.ChannelBookmarkWithFile](s.bundle, s.member, http.MethodPost, at, map[string]any{"display_name": "plan", "type": "file", "file_id": file})
	for _, f := range []id.ID{file, other} {
		var of wire.Post
		if err := json.Unmarshal(s.post(f).body, &of); err != nil {
			t.Fatal(err)
		}
		s.must(s.member, http.MethodDelete, "/posts/"+of.ID.String(), nil)
	}
	s.later(25 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != 1 {
		t.Errorf("%d objects (%v)", s.objects(), err)
	}
	s.must(s.member, http.MethodDelete, at+"/"+made.ID.String(), nil)
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != 0 {
		t.Errorf("without the bookmark %d objects (%v)", s.objects(), err)
	}
}

func TestFilesOfDraftsAreKept(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file, forgotten := s.upload("note.txt"), s.upload("forgotten.txt")
	s.must(s.member, http.MethodPost, "/drafts", map[string]any{"channel_id": s.public.ID, "message": "look", "file_ids": []id.ID{file}})
	s.later(48 * time.Hour)
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != 1 {
		t.Errorf("%d objects (%v)", s.objects(), err)
	}
	if got := s.call(s.member, http.MethodGet, "/files/"+forgotten.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("what no draft has answers %d", got)
	}
	if got := s.post(file); got.status != http.StatusCreated {
		t.Errorf("two days later it is posted with %d %s", got.status, got.body)
	}
}

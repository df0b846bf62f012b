package audit

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// archive opens the bucket where checkpoints are archived, as who runs the cell can.
func (l *ledger) archive() (client *s3.Client, bucket string) {
	l.t.Helper()
	var raw []byte
	var outputs struct {
		ObjectStore struct {
			Endpoint      string `json:"endpoint"`
			Region        string `json:"region"`
			ArchiveBucket string `json:"archive_bucket"`
		} `json:"object_store"`
	}
	err := l.db.QueryRow(l.t.Context(), "select outputs from cells").Scan(&raw)
	if err == nil {
		err = json.Unmarshal(raw, &outputs)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(l.m.Dir, "control", "cell-store.secret"))
	if err != nil {
		l.t.Fatal(err)
	}
	o := outputs.ObjectStore
	return s3.New(s3.Options{Region: o.Region, UsePathStyle: true, BaseEndpoint: aws.String("http://" + o.Endpoint),
		Credentials: credentials.NewStaticCredentialsProvider("longhouse-cell", strings.TrimSpace(string(secret)), "")}), o.ArchiveBucket
}

func TestWhatIsTakenFromTheArchiveIsMissed(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	client, bucket := l.archive()
	list, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("audit/checkpoints/")})
	if err != nil || len(list.Contents) == 0 {
		t.Fatalf("%d objects, %v", len(list.Contents), err)
	}
	name := list.Contents[0].Key
	object, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: name})
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(object.Body)
	if err != nil {
		t.Fatal(err)
	}
	put := func(data []byte) {
		t.Helper()
		if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: name, Body: bytes.NewReader(data)}); err != nil {
			t.Fatal(err)
		}
	}
	for what, c := range map[string]struct {
		data []byte
		say  string
	}{
		"altered":            {bytes.Replace(data, []byte(`"signature":"`), []byte(`"signature":"AAAA`), 1), "not signed by this installation's key"},
		"something else":     {[]byte("lost"), "not signed by this installation's key"},
		"removed altogether": {nil, "not in the archive as it was"},
	} {
		if c.data != nil {
			put(c.data)
		} else if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: name}); err != nil {
			t.Fatal(err)
		}
		if out, _, err := l.m.TryCLI(l.m.Operator(t), "audit", "verify"); err == nil || !strings.Contains(string(out), c.say) {
			t.Errorf("%s: %v, %s", what, err, out)
		}
		put(data)
		l.sound()
	}
}

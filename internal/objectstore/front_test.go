package objectstore_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// longerThanHeaders is longer than a request's header may take.
const longerThanHeaders = 6 * time.Second

func TestHalfARequestIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for name, half := range map[string]string{"nothing": "", "a line": "GET / HTTP/1.1\r\n", "half a field": "GET / HTTP/1.1\r\nHost: x\r\nX-Half: "} {
		conn, err := net.Dial("tcp", n.store.Endpoint)
		if err == nil {
			_, err = conn.Write([]byte(half))
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_ = conn.SetReadDeadline(time.Now().Add(2 * longerThanHeaders))
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection is still open")
			}
		})
	}
}

// slow reads what it has after a pause.
type slow struct {
	body  io.Reader
	pause time.Duration
}

func (s *slow) Read(p []byte) (int, error) {
	<-time.After(s.pause)
	s.pause = 0
	return s.body.Read(p)
}

func TestABodyMayTakeLongerThanItsHeader(t *testing.T) {
	t.Parallel()
	n := setup(t)
	key, body := "slow", random(200_000)
	signed, err := s3.NewPresignClient(n.s3, func(o *s3.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, s3.WithAPIOptions(v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware))
	}).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed.URL, io.MultiReader(bytes.NewReader(body[:1000]), &slow{bytes.NewReader(body[1000:]), longerThanHeaders}))
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(body))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !bytes.Equal(n.get(key), body) {
		t.Errorf("answered %s: %s", resp.Status, said)
	}
}

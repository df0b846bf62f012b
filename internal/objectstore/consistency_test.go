package objectstore_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestReadersNeverSeeHalfOfAReplacement(t *testing.T) {
	t.Parallel()
	n := setup(t)
	put := func(c byte) error {
		body := bytes.Repeat([]byte{c}, 150000+int(c))
		_, err := n.s3.PutObject(background(), &s3.PutObjectInput{Bucket: &n.bucket, Key: aws.String("k"), Body: bytes.NewReader(body),
			Metadata: map[string]string{"letter": string(c)}})
		return err
	}
	if err := put('a'); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for i := range 100 {
			if err := put(byte('a' + i%26)); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for writing := true; writing; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			writing = false
		default:
		}
		out, err := n.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if _, err := got.ReadFrom(out.Body); err != nil {
			t.Fatal(err)
		}
		letter := out.Metadata["letter"]
		if want := bytes.Repeat([]byte(letter), 150000+int(letter[0])); !bytes.Equal(got.Bytes(), want) {
			t.Fatalf("metadata says %s, the body has %d bytes and begins with %.5q", letter, got.Len(), got.Bytes())
		}
	}
}

func TestABodyThatEndsEarlyIsNotKept(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", []byte("before"))
	for _, sent := range []int{0, 10, 65536, 65537, 131072} {
		n.sendPart("k", 200000, sent)
		if got := string(n.get("k")); got != "before" {
			t.Fatalf("after %d bytes of 200000 it holds %d bytes", sent, len(got))
		}
	}
	waitFor(t, func() bool {
		left, err := os.ReadDir(filepath.Join(n.store.Config.Dir, "tmp"))
		return err == nil && len(left) == 0
	})
}

// sendPart begins a put of size bytes, sends some of them and closes its side, as a client that dies does.
func (n *tenant) sendPart(key string, size, sent int) {
	n.t.Helper()
	put, err := s3.NewPresignClient(n.s3).PresignPutObject(n.t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key})
	if err != nil {
		n.t.Fatal(err)
	}
	u, err := url.Parse(put.URL)
	if err != nil {
		n.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", n.store.Endpoint)
	if err != nil {
		n.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", u.RequestURI(), n.store.Endpoint, size)
	if _, err := conn.Write(random(sent)); err != nil {
		n.t.Fatal(err)
	}
	conn.(*net.TCPConn).CloseWrite()
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil && resp.StatusCode < 400 {
		n.t.Errorf("%d bytes of %d were answered %s", sent, size, resp.Status)
	}
}

func TestClientsThatLeaveEarlyLeaveNothingOpen(t *testing.T) {
	t.Parallel()
	n := setup(t)
	n.put("k", random(8<<20))
	for range 30 {
		out, err := n.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &n.bucket, Key: aws.String("k")})
		if err != nil {
			t.Fatal(err)
		}
		out.Body.Close()
	}
	waitFor(t, func() bool {
		files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", n.store.Pid()))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if target, _ := os.Readlink(f); target == n.file("k") {
				return false
			}
		}
		return true
	})
}

func TestALongCompletionDelaysNoOtherUpload(t *testing.T) {
	t.Parallel()
	n := setup(t)
	long := n.begin("long", s3.CreateMultipartUploadInput{})
	for i := range int32(20) {
		long.part(i+1, random(5<<20))
	}
	completed := make(chan error, 1)
	go func() {
		_, err := long.complete()
		completed <- err
	}()
	during := 0
	for {
		select {
		case err := <-completed:
			if err != nil || during == 0 {
				t.Errorf("%d other uploads were completed meanwhile, %v", during, err)
			}
			return
		default:
		}
		short := n.begin(fmt.Sprint("short", during), s3.CreateMultipartUploadInput{})
		short.part(1, []byte("x"))
		if _, err := short.complete(); err != nil {
			t.Fatal(err)
		}
		during++
	}
}

package objectstore_test

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// The figures in docs/components.md are of 8 clients: go test -bench . -cpu 2 runs 8, as clients are 4 per processor.
const clientsPerCPU = 4

func BenchmarkPut64KiB(b *testing.B) { benchmarkPut(b, 64<<10) }
func BenchmarkGet64KiB(b *testing.B) { benchmarkGet(b, 64<<10) }
func BenchmarkPut16MiB(b *testing.B) { benchmarkPut(b, 16<<20) }
func BenchmarkGet16MiB(b *testing.B) { benchmarkGet(b, 16<<20) }

func benchmarkPut(b *testing.B, size int) {
	n := setup(b)
	body := random(size)
	b.SetBytes(int64(size))
	b.SetParallelism(clientsPerCPU)
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := fmt.Sprint("k", next.Add(1)%1000)
			if _, err := n.s3.PutObject(background(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &key, Body: bytes.NewReader(body)}); err != nil {
				b.Error(err)
			}
		}
	})
}

func benchmarkGet(b *testing.B, size int) {
	n := setup(b)
	for i := range 16 {
		n.put(fmt.Sprint("k", i), random(size))
	}
	b.SetBytes(int64(size))
	b.SetParallelism(clientsPerCPU)
	var next atomic.Int64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := fmt.Sprint("k", next.Add(1)%16)
			out, err := n.s3.GetObject(background(), &s3.GetObjectInput{Bucket: &n.bucket, Key: &key})
			if err != nil {
				b.Error(err)
				continue
			}
			if _, err := io.Copy(io.Discard, out.Body); err != nil {
				b.Error(err)
			}
			out.Body.Close()
		}
	})
}

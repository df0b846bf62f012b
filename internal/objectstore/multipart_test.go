package objectstore_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const mib = 1 << 20

// upload is a multipart upload by hand.
type upload struct {
	*tenant
	key  string
	id   *string
	done []types.CompletedPart
}

func (n *tenant) begin(key string, in s3.CreateMultipartUploadInput) *upload {
	n.t.Helper()
	in.Bucket, in.Key = &n.bucket, &key
	out, err := n.s3.CreateMultipartUpload(n.t.Context(), &in)
	if err != nil {
		n.t.Fatal(err)
	}
	return &upload{tenant: n, key: key, id: out.UploadId}
}

func (u *upload) part(number int32, body []byte) {
	u.t.Helper()
	out, err := u.s3.UploadPart(u.t.Context(), &s3.UploadPartInput{Bucket: &u.bucket, Key: &u.key, UploadId: u.id,
		PartNumber: &number, Body: bytes.NewReader(body)})
	if err != nil {
		u.t.Fatal(err)
	}
	u.done = append(u.done, types.CompletedPart{PartNumber: &number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32,
		ChecksumCRC64NVME: out.ChecksumCRC64NVME})
}

func (u *upload) complete() (*s3.CompleteMultipartUploadOutput, error) {
	return u.s3.CompleteMultipartUpload(u.t.Context(), &s3.CompleteMultipartUploadInput{Bucket: &u.bucket, Key: &u.key,
		UploadId: u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.done}})
}

func TestMultipartUploadBecomesOneObject(t *testing.T) {
	t.Parallel()
	n := setup(t)
	whole := random(12*mib + 12345)
	for _, sum := range []types.ChecksumType{types.ChecksumTypeComposite, types.ChecksumTypeFullObject} {
		u := n.begin(string(sum), s3.CreateMultipartUploadInput{ContentType: aws.String("video/x"), Metadata: map[string]string{"a": "b"},
			ChecksumAlgorithm: types.ChecksumAlgorithmCrc32, ChecksumType: sum})
		u.part(3, whole[:6*mib])
		u.part(7, whole[6*mib:12*mib])
		u.part(9, whole[12*mib:])
		out, err := u.complete()
		if err != nil {
			t.Fatal(sum, err)
		}
		if !strings.HasSuffix(*out.ETag, `-3"`) {
			t.Errorf("%s: ETag %s", sum, *out.ETag)
		}
		again, err := u.complete()
		if err != nil || *again.ETag != *out.ETag {
			t.Errorf("%s: completing again: %v", sum, err)
		}
		if !bytes.Equal(n.get(u.key), whole) {
			t.Errorf("%s: the object differs", sum)
		}
		got, err := n.tryGet(u.key, fmt.Sprintf("bytes=%d-%d", 6*mib-10, 12*mib+10))
		if err != nil || !bytes.Equal(got, whole[6*mib-10:12*mib+11]) {
			t.Errorf("%s: range over the parts' borders: %v", sum, err)
		}
		head, err := n.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &n.bucket, Key: &u.key, ChecksumMode: types.ChecksumModeEnabled})
		if err != nil || *head.ContentLength != int64(len(whole)) || *head.ContentType != "video/x" || head.Metadata["a"] != "b" ||
			head.ChecksumType != sum || strings.HasSuffix(*head.ChecksumCRC32, "-3") != (sum == types.ChecksumTypeComposite) {
			t.Errorf("%s: %+v %v", sum, head, err)
		}
	}
	left, err := n.s3.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &n.bucket})
	if err != nil || len(left.Uploads) != 0 {
		t.Errorf("left: %+v %v", left.Uploads, err)
	}
}

func TestTransferManagerUploadsAndDownloads(t *testing.T) {
	t.Parallel()
	n := setup(t)
	whole := random(40 * mib)
	m := transfermanager.New(n.s3)
	if _, err := m.UploadObject(t.Context(), &transfermanager.UploadObjectInput{Bucket: &n.bucket, Key: aws.String("big"), Body: bytes.NewReader(whole)}); err != nil {
		t.Fatal(err)
	}
	out, err := m.GetObject(t.Context(), &transfermanager.GetObjectInput{Bucket: &n.bucket, Key: aws.String("big")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(out.Body)
	if err != nil || !bytes.Equal(got, whole) {
		t.Errorf("%d bytes, equal %t, %v", len(got), bytes.Equal(got, whole), err)
	}
}

func TestPartsOfOtherObjects(t *testing.T) {
	t.Parallel()
	n := setup(t)
	whole := random(7 * mib)
	n.put("source", whole)
	u := n.begin("target", s3.CreateMultipartUploadInput{})
	for i, r := range []string{fmt.Sprintf("bytes=0-%d", 5*mib), fmt.Sprintf("bytes=%d-", 5*mib+1)} {
		number := int32(i + 1)
		out, err := n.s3.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{Bucket: &n.bucket, Key: &u.key, UploadId: u.id,
			PartNumber: &number, CopySource: aws.String(n.bucket + "/source"), CopySourceRange: &r})
		if err != nil {
			t.Fatal(r, err)
		}
		u.done = append(u.done, types.CompletedPart{PartNumber: &number, ETag: out.CopyPartResult.ETag, ChecksumCRC32: out.CopyPartResult.ChecksumCRC32})
	}
	if _, err := u.complete(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(n.get("target"), whole) {
		t.Error("the object differs")
	}
}

func TestPartsAreListedWithPlaintextSizes(t *testing.T) {
	t.Parallel()
	n := setup(t)
	u := n.begin("dir/k", s3.CreateMultipartUploadInput{})
	u.part(2, random(100))
	u.part(10, random(200))
	u.part(2, random(300))
	in := &s3.ListPartsInput{Bucket: &n.bucket, Key: &u.key, UploadId: u.id, MaxParts: aws.Int32(1)}
	var got []string
	for pages := s3.NewListPartsPaginator(n.s3, in); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Parts {
			got = append(got, fmt.Sprintf("%d:%d", *p.PartNumber, *p.Size))
		}
	}
	if fmt.Sprint(got) != "[2:300 10:200]" {
		t.Errorf("%v", got)
	}
	uploads, err := n.s3.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &n.bucket, Prefix: aws.String("dir/")})
	if err != nil || len(uploads.Uploads) != 1 || *uploads.Uploads[0].UploadId != *u.id {
		t.Errorf("%+v %v", uploads, err)
	}
	if n.keys() != "" {
		t.Error("an upload shows as an object")
	}
}

func TestUploadsThatCantBeCompleted(t *testing.T) {
	t.Parallel()
	n := setup(t)
	small := n.begin("small", s3.CreateMultipartUploadInput{})
	small.part(1, random(100))
	small.part(2, random(100))
	_, err := small.complete()
	wantCode(t, "a small part", err, "EntityTooSmall")
	small.done[0], small.done[1] = small.done[1], small.done[0]
	_, err = small.complete()
	wantCode(t, "out of order", err, "InvalidPartOrder")
	small.done = []types.CompletedPart{{PartNumber: aws.Int32(5), ETag: aws.String(`"d41d8cd98f00b204e9800998ecf8427e"`)}}
	_, err = small.complete()
	wantCode(t, "absent part", err, "InvalidPart")
	if _, err := n.s3.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &n.bucket, Key: &small.key, UploadId: small.id}); err != nil {
		t.Fatal(err)
	}
	_, err = small.complete()
	wantCode(t, "aborted", err, "NoSuchUpload")
	_, err = n.s3.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &n.bucket, Key: &small.key, UploadId: small.id, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
	wantCode(t, "part of an aborted upload", err, "NoSuchUpload")
	other := n.begin("other", s3.CreateMultipartUploadInput{})
	for _, id := range []string{*other.id, "..", "../../x", strings.ToUpper(*other.id) + "x"} {
		_, err = n.s3.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &n.bucket, Key: aws.String("mine"), UploadId: &id, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
		wantCode(t, "upload id "+id, err, "NoSuchUpload")
	}
	if n.keys() != "" {
		t.Errorf("objects: %s", n.keys())
	}
}

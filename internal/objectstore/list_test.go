package objectstore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// oddKeys are all different objects, though many would be one path, or no path, on a file system.
var oddKeys = []string{"a", "a/", "a/b", "a/b/c", "a-b", "a0", "a//b", "/a", "a b", "a+b", "a%2Fb", "ü/ö", "A", "d", "o", "oa", "da/ob",
	"?x", "#x", "a&b=c", `back\slash`, `"quoted"`, "<tag>", "emoji/🙂", "~", ".hidden", "a/.hidden", "...", strings.Repeat("x", 254), "z/" + strings.Repeat("y/", 400)}

func TestEveryKeyIsItsOwnObject(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, k := range oddKeys {
		n.put(k, []byte("body of "+k))
	}
	for _, k := range oddKeys {
		if got := string(n.get(k)); got != "body of "+k {
			t.Errorf("%q holds %q", k, got)
		}
	}
	want := slices.Sorted(slices.Values(oddKeys))
	if got, _ := n.list("", "", "", 1000); !slices.Equal(got, want) {
		t.Errorf("listed %q\nwant %q", got, want)
	}
	for _, k := range oddKeys {
		if _, err := n.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &n.bucket, Key: &k}); err != nil {
			t.Errorf("delete %q: %v", k, err)
		}
	}
	if got, _ := n.list("", "", "", 1000); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

func TestKeysThatCantBeKeptAreRefused(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for _, k := range []string{"a\x01b", "a\nb", "\x7f", strings.Repeat("x", 255), strings.Repeat("x/", 513), "../escape", "a/../../b", ".", "//"} {
		_, err := n.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &n.bucket, Key: &k, Body: strings.NewReader("x")})
		if err == nil {
			t.Errorf("%q was kept", k)
		}
	}
	if keys := n.keys(); keys != "" {
		t.Errorf("objects: %q", keys)
	}
}

// list pages through a listing and returns its keys and common prefixes.
func (n *tenant) list(prefix, delimiter, after string, page int32) (keys, prefixes []string) {
	n.t.Helper()
	in := &s3.ListObjectsV2Input{Bucket: &n.bucket, MaxKeys: &page, Prefix: &prefix, Delimiter: &delimiter}
	if after != "" {
		in.StartAfter = &after
	}
	for pages := s3.NewListObjectsV2Paginator(n.s3, in); pages.HasMorePages(); {
		out, err := pages.NextPage(n.t.Context())
		if err != nil {
			n.t.Fatal(err)
		}
		if got := len(out.Contents) + len(out.CommonPrefixes); got > int(page) || got != int(*out.KeyCount) {
			n.t.Errorf("a page of %d has %d", page, got)
		}
		for _, o := range out.Contents {
			keys = append(keys, *o.Key)
		}
		for _, p := range out.CommonPrefixes {
			prefixes = append(prefixes, *p.Prefix)
		}
	}
	return keys, prefixes
}

// listed is what S3's documentation says of a listing.
func listed(all []string, prefix, delimiter, after string) (keys, prefixes []string) {
	for _, k := range slices.Sorted(slices.Values(all)) {
		if !strings.HasPrefix(k, prefix) {
			continue
		}
		if before, _, found := strings.Cut(k[len(prefix):], delimiter); found && delimiter != "" {
			common := prefix + before + delimiter
			if common > after && !slices.Contains(prefixes, common) {
				prefixes = append(prefixes, common)
			}
		} else if k > after {
			keys = append(keys, k)
		}
	}
	return keys, prefixes
}

func TestListingsOfManyShapes(t *testing.T) {
	t.Parallel()
	n := setup(t)
	r := rand.New(rand.NewPCG(1, 2))
	var all []string
	for range 120 {
		k := ""
		for range 1 + r.IntN(6) {
			k += string("ab-/0"[r.IntN(5)])
		}
		if strings.Trim(k, "/") != "" && !slices.Contains(all, k) {
			all = append(all, k)
			n.put(k, nil)
		}
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "b-", "/", "zzz"} {
		for _, delimiter := range []string{"", "/", "-", "b/"} {
			for _, after := range []string{"", "a", "a/", "b-a", "b/zz"} {
				for _, page := range []int32{1000, 7, 1} {
					if page == 1 && prefix == "" {
						continue // slow, and nothing new
					}
					keys, prefixes := n.list(prefix, delimiter, after, page)
					wantKeys, wantPrefixes := listed(all, prefix, delimiter, after)
					if !slices.Equal(keys, wantKeys) || !slices.Equal(prefixes, wantPrefixes) {
						t.Fatalf("prefix %q delimiter %q after %q page %d:\ngot  %q %q\nwant %q %q", prefix, delimiter, after, page,
							keys, prefixes, wantKeys, wantPrefixes)
					}
				}
			}
		}
	}
}

func TestListingsOfVersionOnePageByMarker(t *testing.T) {
	t.Parallel()
	n := setup(t)
	for i := range 5 {
		n.put(fmt.Sprintf("dir%d/k", i), nil)
		n.put(fmt.Sprintf("k%d", i), nil)
	}
	var got []string
	marker := ""
	for {
		out, err := n.s3.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: &n.bucket, Delimiter: aws.String("/"), MaxKeys: aws.Int32(3), Marker: &marker})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.CommonPrefixes {
			got = append(got, *p.Prefix)
		}
		for _, o := range out.Contents {
			if *o.Owner.ID != n.access {
				t.Errorf("owner %s", *o.Owner.ID)
			}
			got = append(got, *o.Key)
		}
		if !*out.IsTruncated {
			break
		}
		marker = *out.NextMarker
	}
	if s := strings.Join(got, " "); s != "dir0/ dir1/ dir2/ dir3/ dir4/ k0 k1 k2 k3 k4" {
		t.Error(s)
	}
}

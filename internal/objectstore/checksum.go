package objectstore

import (
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3api/middlewares"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
)

// checksum is one x-amz-checksum-* value over the plaintext.
type checksum struct {
	Algorithm types.ChecksumAlgorithm `json:"algorithm,omitempty"`
	Type      types.ChecksumType      `json:"type,omitempty"`
	Value     string                  `json:"value,omitempty"` // base64; a composite one ends in -<number of parts>
}

// algorithms are the checksums that the store verifies, keeps and gives back, in the order that sentChecksum expects.
var algorithms = []types.ChecksumAlgorithm{
	types.ChecksumAlgorithmCrc32, types.ChecksumAlgorithmCrc32c, types.ChecksumAlgorithmCrc64nvme,
	types.ChecksumAlgorithmSha1, types.ChecksumAlgorithmSha256,
}

// sentChecksum is the one that the client sent, empty if it sent none. values are in the order of algorithms.
func sentChecksum(values ...*string) checksum {
	for i, v := range values {
		if v != nil && *v != "" {
			return checksum{Algorithm: algorithms[i], Type: types.ChecksumTypeFullObject, Value: *v}
		}
	}
	return checksum{}
}

// of is the value for one header: nil unless the checksum is of that algorithm.
func (c checksum) of(algorithm types.ChecksumAlgorithm) *string {
	if c.Algorithm != algorithm || c.Value == "" {
		return nil
	}
	return &c.Value
}

// hashedBody reads a request's body, fails at its end where it is not what the client signed for, and knows its sums.
type hashedBody struct {
	io.Reader
	md5      hash.Hash
	sum      *utils.HashReader
	trailing middlewares.ChecksumReader
}

// hashBody verifies sent, where there is one, and else computes wanted, where there is one. Content-MD5 and the signed
// SHA-256 have been stacked into body by the gateway; a trailing checksum is verified there too.
func hashBody(body io.Reader, sent checksum, wanted types.ChecksumAlgorithm) (*hashedBody, error) {
	b := &hashedBody{Reader: body, md5: md5.New()}
	if t, ok := body.(middlewares.ChecksumReader); ok && t.Algorithm() != "" {
		b.trailing, wanted = t, types.ChecksumAlgorithm(strings.ToUpper(t.Algorithm()))
	} else if sent.Algorithm != "" {
		wanted = sent.Algorithm
	}
	if wanted != "" && !slices.Contains(algorithms, wanted) {
		return nil, unsupported("the checksum algorithm " + string(wanted))
	}
	if b.trailing == nil && wanted != "" {
		sum, err := utils.NewHashReader(body, sent.Value, utils.HashType(strings.ToLower(string(wanted))))
		if err != nil {
			return nil, err
		}
		b.sum, b.Reader = sum, sum
	}
	b.Reader = io.TeeReader(b.Reader, b.md5)
	return b, nil
}

// etag is the quoted MD5 of what has been read, as in S3.
func (b *hashedBody) etag() string { return strconv.Quote(hex.EncodeToString(b.md5.Sum(nil))) }

// checksum is of what has been read.
func (b *hashedBody) checksum() checksum {
	switch {
	case b.trailing != nil:
		algorithm := types.ChecksumAlgorithm(strings.ToUpper(b.trailing.Algorithm()))
		return checksum{algorithm, types.ChecksumTypeFullObject, b.trailing.Checksum()}
	case b.sum != nil:
		algorithm := types.ChecksumAlgorithm(strings.ToUpper(string(b.sum.Type())))
		return checksum{algorithm, types.ChecksumTypeFullObject, b.sum.Sum()}
	}
	return checksum{}
}

// compositeOf is S3's checksum of the parts' checksums.
func compositeOf(algorithm types.ChecksumAlgorithm, parts []meta) (checksum, error) {
	sum, err := utils.NewCompositeChecksumReader(utils.HashType(strings.ToLower(string(algorithm))))
	if err != nil {
		return checksum{}, unsupported("a composite checksum with " + string(algorithm))
	}
	for _, p := range parts {
		if err := sum.Process(p.Checksum.Value); err != nil {
			return checksum{}, s3err.GetAPIError(s3err.ErrInvalidPart)
		}
	}
	return checksum{algorithm, types.ChecksumTypeComposite, sum.Sum() + "-" + strconv.Itoa(len(parts))}, nil
}

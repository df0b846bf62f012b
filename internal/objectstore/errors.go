package objectstore

import (
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"syscall"

	"github.com/versity/versitygw/s3err"

	"github.com/longhouse-dev/longhouse/internal/keyring"
)

var (
	errKeyDestroyed = s3err.APIError{Code: "KMS.NotFoundException", HTTPStatusCode: http.StatusBadRequest,
		Description: "The key of this bucket has been destroyed. Its objects can't be read any more, and none can be added."}
	errObjectDamaged = s3err.APIError{Code: "ObjectDamaged", HTTPStatusCode: http.StatusInternalServerError,
		Description: "The stored object failed its integrity check and was not returned."}
)

func unsupported(what string) s3err.APIError {
	return s3err.APIError{Code: "NotImplemented", HTTPStatusCode: http.StatusNotImplemented,
		Description: "This store does not support " + what + "."}
}

func invalidKey(why string) s3err.APIError {
	return s3err.APIError{Code: "InvalidArgument", HTTPStatusCode: http.StatusBadRequest,
		Description: "This store can't represent that object key: " + why + "."}
}

// answer turns *err into what the client may see and logs what it may not. Every S3 operation defers it.
func (s *store) answer(call string, bucket, key *string, err *error) {
	var known s3err.S3Error
	if *err == nil {
		return
	}
	if errors.As(*err, &known) { // the gateway does not unwrap
		*err = known
		return
	}
	shown := s3err.S3Error(s3err.GetAPIError(s3err.ErrInternalError))
	switch {
	case errors.Is(*err, errTruncated):
		*err = s3err.GetAPIError(s3err.ErrIncompleteBody)
		return
	case errors.Is(*err, keyring.ErrNotFound):
		*err = errKeyDestroyed
		return
	case errors.Is(*err, errDamaged):
		shown = errObjectDamaged
	case errors.Is(*err, syscall.ENOSPC), errors.Is(*err, syscall.EDQUOT):
		shown = s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
	}
	s.log.Error("a call failed", "call", call, "bucket", text(bucket), "key", text(key), "error", *err)
	*err = shown
}

// notThere is true where a path, or what it goes through, does not exist.
func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// noVersions refuses any request for a version: buckets are not versioned.
func noVersions(version *string) error {
	if v := strings.TrimSpace(text(version)); v != "" {
		return unsupported("versions of an object")
	}
	return nil
}

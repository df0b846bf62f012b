// Package admin is the object store's administration: the shapes that go over its unix socket and a typed client for
// them. It never speaks S3 and never sees an object.
package admin

// Bucket is a bucket and the two things that never change about it.
type Bucket struct {
	Name string `json:"name"`
	// Owner is the access key of the one credential that may use the bucket.
	Owner string `json:"owner"`
	// Key is the id of the key that encrypts the bucket's objects. Several buckets may share one.
	Key string `json:"key"`
}

// BucketSpec is the body of PUT /v1/buckets/{bucket}.
type BucketSpec struct {
	Owner string `json:"owner"`
	Key   string `json:"key"`
}

// CredentialSpec is the body of PUT /v1/credentials/{access}.
type CredentialSpec struct {
	Secret string `json:"secret"`
}

// DerivedSpec is the body of POST /v1/keys/{key}/derived.
type DerivedSpec struct {
	// Purpose is 1 to 64 of a-z, 0-9, _ and -.
	Purpose string `json:"purpose"`
}

// Derived is its answer.
type Derived struct {
	// Key is of 32 bytes.
	Key []byte `json:"key"`
}

// Info is the answer of GET /v1/info.
type Info struct {
	// Endpoint is the host:port on which S3 is served, without TLS.
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	// Ready is true once S3 requests are answered.
	Ready bool `json:"ready"`
}

// Failure is the body of every answer that is not a success.
type Failure struct {
	Error string `json:"error"`
}

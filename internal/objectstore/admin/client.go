package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ErrConflict is returned where a bucket exists with another owner or key, or its key has been destroyed.
var ErrConflict = errors.New("conflict")

// ErrNoKey is returned for a key that was never made or has been destroyed.
var ErrNoKey = errors.New("no such key")

// How long the store may take to answer, so that one that hangs is an error; a caller's context can make it shorter.
const (
	answersWithin = 10 * time.Second
	deletesWithin = 5 * time.Minute // a bucket with millions of objects
)

// Client speaks to the store's admin socket. Every call may be repeated: what is already so is success.
type Client struct {
	http   *http.Client
	within time.Duration // for a call whose work doesn't grow with what is stored
}

// NewClient makes a client for the unix socket at path. It does not connect yet.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
	// No connection is kept: a kept one dies with the store, and a PUT on it would fail once after every restart.
	return &Client{within: answersWithin, http: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// PutBucket makes the bucket, and its key if there is none of that id. It returns ErrConflict rather than change the
// owner or key of a bucket that exists.
func (c *Client) PutBucket(ctx context.Context, bucket, owner, key string) error {
	return c.call(ctx, c.within, http.MethodPut, "/v1/buckets/"+url.PathEscape(bucket), BucketSpec{Owner: owner, Key: key}, nil)
}

// DeleteBucket removes the bucket with everything in it. Its key stays: another bucket may use it.
func (c *Client) DeleteBucket(ctx context.Context, bucket string) error {
	return c.call(ctx, deletesWithin, http.MethodDelete, "/v1/buckets/"+url.PathEscape(bucket), nil, nil)
}

// DeleteEmptyBucket removes the bucket, and returns ErrConflict if there is an object in it.
func (c *Client) DeleteEmptyBucket(ctx context.Context, bucket string) error {
	return c.call(ctx, c.within, http.MethodDelete, "/v1/buckets/"+url.PathEscape(bucket)+"?only=empty", nil, nil)
}

// Buckets lists all buckets by name.
func (c *Client) Buckets(ctx context.Context) ([]Bucket, error) {
	return get[[]Bucket](ctx, c, "/v1/buckets")
}

// PutCredential makes the credential, or gives it another secret; the old secret stops working at once.
func (c *Client) PutCredential(ctx context.Context, access, secret string) error {
	return c.call(ctx, c.within, http.MethodPut, "/v1/credentials/"+url.PathEscape(access), CredentialSpec{Secret: secret}, nil)
}

// DeleteCredential revokes the credential: the next request that it signs is refused.
func (c *Client) DeleteCredential(ctx context.Context, access string) error {
	return c.call(ctx, c.within, http.MethodDelete, "/v1/credentials/"+url.PathEscape(access), nil, nil)
}

// Credentials lists the access keys.
func (c *Client) Credentials(ctx context.Context) ([]string, error) {
	return get[[]string](ctx, c, "/v1/credentials")
}

// DestroyKey destroys the key for good, and with it every object that it encrypts.
func (c *Client) DestroyKey(ctx context.Context, key string) error {
	return c.call(ctx, c.within, http.MethodDelete, "/v1/keys/"+url.PathEscape(key), nil, nil)
}

// DeriveKey returns a key for another purpose than the store's objects, of 32 bytes, which is the same each time. It is gone with the key that it
// is derived from: ErrNoKey.
func (c *Client) DeriveKey(ctx context.Context, key, purpose string) ([]byte, error) {
	var out Derived
	err := c.call(ctx, c.within, http.MethodPost, "/v1/keys/"+url.PathEscape(key)+"/derived", DerivedSpec{Purpose: purpose}, &out)
	return out.Key, err
}

// Keys lists the ids of the keys that exist.
func (c *Client) Keys(ctx context.Context) ([]string, error) {
	return get[[]string](ctx, c, "/v1/keys")
}

// Info says where the store serves and whether it is ready.
func (c *Client) Info(ctx context.Context) (Info, error) {
	return get[Info](ctx, c, "/v1/info")
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var out T
	err := c.call(ctx, c.within, http.MethodGet, path, nil, &out)
	return out, err
}

func (c *Client) call(ctx context.Context, within time.Duration, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://object-store"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("object store: %w", err)
	}
	defer resp.Body.Close()
	return take(resp.StatusCode, resp.Body, out)
}

// answerMost is many times what a list of all buckets takes.
const answerMost = 64 << 20

// take reads an answer of the store, whole and not without end.
func take(status int, body io.Reader, out any) error {
	text, err := io.ReadAll(io.LimitReader(body, answerMost+1))
	switch {
	case err != nil:
		return fmt.Errorf("object store: %w", err)
	case len(text) > answerMost:
		return fmt.Errorf("object store: it answered more than %d bytes", answerMost)
	case status < 200 || status >= 300:
		return failure(status, text)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("object store: read its answer: %w", err)
	}
	return nil
}

func failure(status int, text []byte) error {
	var f Failure
	said := json.Unmarshal(text, &f) == nil && f.Error != ""
	if !said {
		f.Error = strconv.Itoa(status)
	}
	switch {
	case status == http.StatusConflict:
		return fmt.Errorf("object store: %w: %s", ErrConflict, f.Error)
	case status == http.StatusNotFound && said: // what has no such route answers 404 too
		return fmt.Errorf("object store: %w: %s", ErrNoKey, f.Error)
	}
	return fmt.Errorf("object store: %s", f.Error)
}

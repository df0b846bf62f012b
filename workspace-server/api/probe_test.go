package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAdminsTestWhereFilesAreKept(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	ours := map[string]any{"DriverName": "amazons3", "AmazonS3Endpoint": s.store.Endpoint, "AmazonS3Bucket": s.bucket.Name, "AmazonS3Region": s.bucket.Region, "AmazonS3SSL": false,
		"AmazonS3AccessKeyId": s.bucket.AccessKey, "AmazonS3SecretAccessKey": strings.Repeat("*", 32), "AmazonS3PathPrefix": "", "MaxFileSize": 7}
	for _, path := range []string{"/file/test", "/file/s3_test"} {
		for _, body := range []map[string]any{{}, {"FileSettings": nil}, {"FileSettings": ours, "ServiceSettings": map[string]any{"SiteURL": "x"}}} {
			s.must(s.admin, http.MethodPost, path, body)
		}
		if got := s.call(s.member, http.MethodPost, path, map[string]any{}).status; got != http.StatusForbidden {
			t.Errorf("%s answers a member with %d", path, got)
		}
	}
	for key, value := range map[string]any{"DriverName": "local", "AmazonS3Endpoint": "169.254.169.254", "AmazonS3Bucket": "other", "AmazonS3Region": "elsewhere", "AmazonS3SSL": true,
		"AmazonS3AccessKeyId": "other", "AmazonS3SecretAccessKey": s.bucket.SecretKey, "AmazonS3PathPrefix": "x"} {
		if got := s.call(s.admin, http.MethodPost, "/file/test", map[string]any{"FileSettings": map[string]any{key: value}}); got.status != http.StatusForbidden || got.error().ID != "api.restricted_system_admin" {
			t.Errorf("%s: %d %s", key, got.status, got.body)
		}
	}
	if n := s.objects(); n != 0 {
		t.Errorf("%d objects are left", n)
	}
	s.store.Kill()
	got := s.call(s.admin, http.MethodPost, "/file/test", map[string]any{})
	if got.status != http.StatusInternalServerError || got.error().ID != "api.file.test_connection.app_error" || strings.Contains(string(got.body), s.store.Endpoint) {
		t.Errorf("a dead store: %d %s", got.status, got.body)
	}
	none := setup(t)
	if got := none.call(none.admin, http.MethodPost, "/file/test", map[string]any{}); got.status != http.StatusNotImplemented {
		t.Errorf("without a bucket: %d %s", got.status, got.body)
	}
}

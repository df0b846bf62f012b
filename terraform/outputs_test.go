package terraform

import (
	"strings"
	"testing"
)

const goodCell = `{
	"kind": "aws", "region": "eu",
	"database": {"host": "db.example", "port": 5432, "template": "t"},
	"object_store": {"endpoint": "s3.example:443", "region": "eu-1", "tls": true, "path_style": false,
		"backup_bucket": "c-backup", "archive_bucket": "c-archive"},
	"workloads": {"engine": "kubernetes", "endpoint": "https://k8s.example"}}`

func TestCellOutputsAreDecoded(t *testing.T) {
	t.Parallel()
	got, err := DecodeCell([]byte(goodCell))
	if err != nil || got.Kind != AWS || got.ObjectStore.ArchiveBucket != "c-archive" || !got.ObjectStore.TLS {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestCellOutputsThatBreakTheContractAreNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, says string }{
		"missing":           {`"region": "eu",`, ``, "cell.region is missing"},
		"missing inside":    {`"tls": true, `, ``, "cell.object_store.tls is missing"},
		"null":              {`"tls": true`, `"tls": null`, "cell.object_store.tls is missing"},
		"unknown":           {`"kind"`, `"colour": 1, "kind"`, "cell.colour is unknown"},
		"unknown inside":    {`"port"`, `"password": "x", "port"`, "cell.database.password is unknown"},
		"wrong type":        {`5432`, `"5432"`, "cell"},
		"no object":         {`{"engine": "kubernetes", "endpoint": "https://k8s.example"}`, `7`, "cell.workloads must be an object"},
		"kind":              {`"aws"`, `"moon"`, "local, kubernetes or aws"},
		"region":            {`"region": "eu",`, `"region": "",`, "cell.region is"},
		"host":              {`db.example`, `postgres://u:p@db`, "a host name or an absolute path"},
		"port":              {`5432`, `0`, "from 1 to 65535"},
		"template":          {`"template": "t"`, `"template": ""`, "cell.database.template"},
		"endpoint":          {`s3.example:443`, `https://s3.example`, "host:port"},
		"store's region":    {`eu-1`, ``, "cell.object_store.region"},
		"bucket":            {`c-backup`, `C_BACKUP`, "cell.object_store.backup_bucket"},
		"one for both":      {`c-backup`, `c-archive`, "another than backup_bucket"},
		"engine":            {`"engine": "kubernetes"`, `"engine": "steam"`, "process or kubernetes"},
		"workload endpoint": {`https://k8s.example`, ``, "cell.workloads.endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := DecodeCell([]byte(goodCell)); err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(goodCell, test.old, test.new, 1)
			if _, err := DecodeCell([]byte(broken)); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want an error that says %q", err, test.says)
			}
		})
	}
}

package terraform

import (
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5"
)

func TestApplyMakesTheCellOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	planned, err := b.Plan(t.Context(), b.stack())
	if err != nil || planned.Count(Create) != 3 {
		t.Fatalf("plan: %+v, %v", planned, err)
	}
	if _, err := b.Cell(t.Context(), b.stack()); err == nil || !strings.Contains(err.Error(), "has not been applied") {
		t.Errorf("outputs before the first apply: %v", err)
	}
	if done := b.apply(t); done.Count(Create) != 3 || len(done.Changes) != 3 {
		t.Errorf("applied: %+v", done)
	}
	if again := b.apply(t); len(again.Changes) != 0 {
		t.Errorf("applied again: %+v", again)
	}
	for _, name := range []string{"-backup", "-archive"} {
		if ok, err := b.buckets.BucketExists(t.Context(), b.cell.Cell+name); !ok || err != nil {
			t.Errorf("bucket %s: %t, %v", name, ok, err)
		}
	}
	installed := query(t, within(b.adminURL, b.template()), "select string_agg(extname, ' ' order by extname) from pg_extension")
	if installed != "pg_trgm plpgsql unaccent" {
		t.Errorf("extensions: %s", installed)
	}
	sealed := query(t, b.adminURL, `select (datistemplate and not has_database_privilege('pg_monitor', oid, 'CONNECT'))::text
		from pg_database where datname = $1`, b.template())
	if sealed != "true" {
		t.Error("the template is no template, or open to everybody")
	}
}

func TestOutputsAreTheContract(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(t)
	got, err := b.Cell(t.Context(), b.stack())
	if err != nil {
		t.Fatal(err)
	}
	want := CellOutputs{
		Kind: Local, Region: "home",
		Database: Database{Host: b.cell.Database.Host, Port: 5432, Template: b.template()},
		ObjectStore: ObjectStore{Endpoint: "127.0.0.1:9000", Region: "local", PathStyle: true,
			BackupBucket: b.cell.Cell + "-backup", ArchiveBucket: b.cell.Cell + "-archive"},
		Workloads: b.cell.Workloads,
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestDriftIsFoundAndHealed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		harm  func(t *testing.T, b *bench)
		found Change
		heal  Action
	}{
		"bucket dropped": {
			func(t *testing.T, b *bench) {
				if err := b.store.Admin.DeleteBucket(t.Context(), b.cell.Cell+"-backup"); err != nil {
					t.Fatal(err)
				}
			},
			Change{Address: "longhouse_bucket.backup", Action: Delete}, Create,
		},
		"template dropped": {
			func(t *testing.T, b *bench) {
				if err := (PostgresDatabases{b.adminURL}).DropTemplate(t.Context(), b.template()); err != nil {
					t.Fatal(err)
				}
			},
			Change{Address: "longhouse_template_database.workspace", Action: Delete}, Create,
		},
		"extension dropped": {
			func(t *testing.T, b *bench) { execute(t, within(b.adminURL, b.template()), "drop extension unaccent") },
			Change{Address: "longhouse_template_database.workspace", Action: Update}, Update,
		},
		"template opened": {
			func(t *testing.T, b *bench) {
				execute(t, b.adminURL, "grant connect on database "+pgx.Identifier{b.template()}.Sanitize()+" to public")
			},
			Change{Address: "longhouse_template_database.workspace", Action: Update}, Update,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.apply(t)
			if drift, err := b.Drift(t.Context(), b.stack()); err != nil || len(drift.Changes) != 0 {
				t.Fatalf("drift before anything happened: %+v, %v", drift, err)
			}
			test.harm(t, b)
			drift, err := b.Drift(t.Context(), b.stack())
			if err != nil || !drift.is(test.found) {
				t.Errorf("drift: %+v, %v", drift, err)
			}
			if healed := b.apply(t); !healed.is(Change{Address: test.found.Address, Action: test.heal}) {
				t.Errorf("healed: %+v", healed)
			}
			if drift, err := b.Drift(t.Context(), b.stack()); err != nil || len(drift.Changes) != 0 {
				t.Errorf("drift after healing: %+v, %v", drift, err)
			}
		})
	}
}

func TestDestroyLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(t)
	if err := b.Destroy(t.Context(), b.stack()); err != nil {
		t.Fatal(err)
	}
	left, err := b.store.Admin.Buckets(t.Context())
	if err != nil || len(left) != 0 {
		t.Errorf("buckets left: %v, %v", left, err)
	}
	if n := query(t, b.adminURL, "select count(*)::text from pg_database where datname = $1", b.template()); n != "0" {
		t.Error("the template database is left")
	}
}

func TestStacksAreAppliedSideBySide(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var wg sync.WaitGroup
	for _, region := range []string{"north", "south", "east", "west"} {
		for range 2 { // twice the same, too: one after the other
			c := b.cell
			c.Cell, c.Region = region+"-"+b.cell.Cell, region
			stack := c.Stack(b.stack().Provider)
			wg.Go(func() {
				if _, err := b.Apply(t.Context(), stack); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for _, region := range []string{"north", "south", "east", "west"} {
		c := b.cell
		c.Cell, c.Region = region+"-"+b.cell.Cell, region
		cell, err := b.Cell(t.Context(), c.Stack(b.stack().Provider))
		if err != nil || cell.Region != region {
			t.Errorf("%s: %+v, %v", region, cell, err)
		}
		if err := b.Destroy(t.Context(), c.Stack(b.stack().Provider)); err != nil {
			t.Error(err)
		}
	}
}

func TestBadInputIsRefusedInTheModulesWords(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.cell
	c.Region = ""
	if _, err := b.Apply(t.Context(), c.Stack(b.stack().Provider)); err == nil || !strings.Contains(err.Error(), "The region must be named") {
		t.Errorf("no region: %v", err)
	}
	stack := b.stack()
	stack.Name = "../elsewhere"
	if _, err := b.Apply(t.Context(), stack); err == nil || !strings.Contains(err.Error(), "stack name") {
		t.Errorf("a name that climbs: %v", err)
	}
}

func TestProvidersErrorComesThrough(t *testing.T) {
	t.Parallel()
	b := setup(t)
	stack := b.stack()
	stack.Provider.Buckets = StoreBuckets{Admin: b.store.Admin, Owner: "no access key"}
	_, err := b.Apply(t.Context(), stack)
	if err == nil || !strings.Contains(err.Error(), `access key "no access key" is not valid`) || !strings.HasPrefix(err.Error(), "apply stack ") {
		t.Errorf("got %v", err)
	}
}

func TestDestroyKeepsABucketWithSomethingInIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.apply(t)
	if err := b.store.Admin.PutCredential(t.Context(), "cell", "secret-of-the-cell"); err != nil {
		t.Fatal(err)
	}
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String("http://" + b.store.Endpoint), Region: "local", UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider("cell", "secret-of-the-cell", ""),
	})
	bucket := b.cell.Cell + "-backup"
	put := &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("ws/1"), Body: strings.NewReader("the only copy")}
	if _, err := client.PutObject(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	if err := b.Destroy(t.Context(), b.stack()); err == nil || !strings.Contains(err.Error(), "bucket "+bucket+" is not empty") {
		t.Errorf("destroy says %v", err)
	}
	if _, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: put.Key}); err != nil {
		t.Errorf("the only copy: %v", err)
	}
}

package terraform

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// providerAddress is what modules name as the source of our provider.
const providerAddress = "longhouse.dev/longhouse/longhouse"

// Provider carries out the resources `longhouse_*`, with credentials of its own that terraform never sees.
type Provider struct {
	Databases Databases
	Buckets   Buckets
}

// Databases makes template databases in a cell's PostgreSQL cluster.
type Databases interface {
	// EnsureTemplate makes the template, or brings one that exists to what is asked for. Extensions that the server
	// does not have are left out.
	EnsureTemplate(ctx context.Context, t Template) error
	// Template reports what is really there of the template that is asked for, and whether it exists.
	Template(ctx context.Context, t Template) (Template, bool, error)
	// DropTemplate succeeds if there is no such template.
	DropTemplate(ctx context.Context, name string) error
}

// Template is a database that other databases are copied from.
type Template struct {
	Name       string
	Extensions []string // asked for; reported: those installed, and those that the server does not have
	Sealed     bool     // marked as a template, and nobody but its owner may connect
}

// Buckets makes buckets in a cell's object store.
type Buckets interface {
	// EnsureBucket succeeds if the bucket exists.
	EnsureBucket(ctx context.Context, name string) error
	BucketExists(ctx context.Context, name string) (bool, error)
	// DropBucket refuses a bucket that holds objects, and succeeds if there is no such bucket.
	DropBucket(ctx context.Context, name string) error
}

// pluginProvider shows a Provider to terraform.
type pluginProvider struct{ Provider }

func (pluginProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "longhouse"
}

func (pluginProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (pluginProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (pluginProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p pluginProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		func() resource.Resource { return templateDatabase{p.Databases} },
		func() resource.Resource { return bucket{p.Buckets} },
	}
}

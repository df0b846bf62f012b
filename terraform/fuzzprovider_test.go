package terraform

import (
	"context"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	bucketType   = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String}}
	templateType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"name": tftypes.String, "extensions": tftypes.Set{ElementType: tftypes.String}, "sealed": tftypes.Bool}}
)

// FuzzProvider: whatever terraform sends as a resource's plan, the provider answers, and it makes nothing but what the plan names, under a
// name that can be one.
func FuzzProvider(f *testing.F) {
	plan := func(t tftypes.Object, values map[string]tftypes.Value) []byte {
		v, err := tfprotov6.NewDynamicValue(t, tftypes.NewValue(t, values))
		if err != nil {
			f.Fatal(err)
		}
		return v.MsgPack
	}
	for _, name := range []any{"c-backup", "", "../x", "a\x00b", string(make([]byte, 100)), nil, tftypes.UnknownValue} {
		f.Add(plan(bucketType, map[string]tftypes.Value{"name": tftypes.NewValue(tftypes.String, name)}))
		f.Add(plan(templateType, map[string]tftypes.Value{"name": tftypes.NewValue(tftypes.String, name), "sealed": tftypes.NewValue(tftypes.Bool, true),
			"extensions": tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, []tftypes.Value{tftypes.NewValue(tftypes.String, name)})}))
	}
	f.Add([]byte{0xc0})
	f.Add([]byte{0xdf, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, planned []byte) {
		made := &recorder{}
		server := providerserver.NewProtocol6(pluginProvider{Provider{Databases: made, Buckets: made}})()
		for resource, kind := range map[string]tftypes.Object{"longhouse_bucket": bucketType, "longhouse_template_database": templateType} {
			made.names = nil
			nothing, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, nil))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: resource, PriorState: &nothing, Config: &tfprotov6.DynamicValue{MsgPack: planned},
				PlannedState: &tfprotov6.DynamicValue{MsgPack: planned}})
			if err != nil {
				continue // terraform is told
			}
			refused := slices.ContainsFunc(answer.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
			if want := named(planned, kind); len(made.names) > 1 || len(made.names) == 1 && (made.names[0] != want || !isName(want) || len(want) > longestIdentifier) || len(made.names) == 0 && !refused && want != "" {
				t.Errorf("%q: %s made %q of %q, refused: %t", planned, resource, made.names, want, refused)
			}
		}
	})
}

// named is the name in a plan, and empty if there is none.
func named(plan []byte, kind tftypes.Object) (name string) {
	var attributes map[string]tftypes.Value
	v, err := tfprotov6.DynamicValue{MsgPack: plan}.Unmarshal(kind)
	if err != nil || v.As(&attributes) != nil || !attributes["name"].IsKnown() || attributes["name"].IsNull() || attributes["name"].As(&name) != nil {
		return ""
	}
	return name
}

// recorder has made whatever it was asked for.
type recorder struct{ names []string }

func (r *recorder) EnsureBucket(_ context.Context, name string) error {
	r.names = append(r.names, name)
	return nil
}

func (r *recorder) EnsureTemplate(_ context.Context, t Template) error {
	r.names = append(r.names, t.Name)
	return nil
}

func (*recorder) BucketExists(context.Context, string) (bool, error) { return true, nil }
func (*recorder) DropBucket(context.Context, string) error           { return nil }
func (*recorder) DropTemplate(context.Context, string) error         { return nil }
func (*recorder) Template(_ context.Context, t Template) (Template, bool, error) {
	return t, true, nil
}

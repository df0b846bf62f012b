package terraform

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// bucket is the resource longhouse_bucket.
type bucket struct{ buckets Buckets }

type bucketState struct {
	Name types.String `tfsdk:"name"`
}

func (bucket) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_bucket"
}

func (bucket) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		Description: "A bucket of the cell itself, which no workspace's credentials open.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
		},
	}
}

func (r bucket) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan bucketState
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !bucketName.MatchString(plan.Name.ValueString()) {
		resp.Diagnostics.AddError("Bucket "+plan.Name.ValueString(), "its name must be 3 to 63 of a to z, 0 to 9, dots and dashes, no dot or dash at either end")
		return
	}
	if err := r.buckets.EnsureBucket(ctx, plan.Name.ValueString()); err != nil {
		resp.Diagnostics.AddError("Bucket "+plan.Name.ValueString(), err.Error())
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update is never called: a bucket has nothing but a name, and another name is another bucket.
func (bucket) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (r bucket) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state bucketState
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	exists, err := r.buckets.BucketExists(ctx, state.Name.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Bucket "+state.Name.ValueString(), err.Error())
		return
	}
	if !exists {
		resp.State.RemoveResource(ctx)
	}
}

func (r bucket) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state bucketState
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := r.buckets.DropBucket(ctx, state.Name.ValueString()); err != nil {
		resp.Diagnostics.AddError("Bucket "+state.Name.ValueString(), err.Error())
	}
}

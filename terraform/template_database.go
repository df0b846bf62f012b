package terraform

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// longestIdentifier is how many bytes PostgreSQL keeps of a name.
const longestIdentifier = 63

// templateDatabase is the resource longhouse_template_database.
type templateDatabase struct{ databases Databases }

type templateDatabaseState struct {
	Name       types.String `tfsdk:"name"`
	Extensions []string     `tfsdk:"extensions"`
	Sealed     types.Bool   `tfsdk:"sealed"`
}

func (s templateDatabaseState) template() Template {
	return Template{Name: s.Name.ValueString(), Extensions: s.Extensions, Sealed: s.Sealed.ValueBool()}
}

func (templateDatabase) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_template_database"
}

func (templateDatabase) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		Description: "A database that workspaces' databases are copied from.",
		Attributes: map[string]schema.Attribute{
			"name": schema.StringAttribute{
				Required:      true,
				PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			},
			"extensions": schema.SetAttribute{
				Required: true, ElementType: types.StringType,
				Description: "Extensions to install, as far as the server has them.",
			},
			"sealed": schema.BoolAttribute{
				Computed: true, Default: booldefault.StaticBool(true),
				Description: "Marked as a template, and CONNECT taken from everybody but its owner.",
			},
		},
	}
}

func (r templateDatabase) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan templateDatabaseState
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if r.ensure(ctx, plan, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

func (r templateDatabase) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan templateDatabaseState
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if r.ensure(ctx, plan, &resp.Diagnostics) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
}

func (r templateDatabase) ensure(ctx context.Context, plan templateDatabaseState, diags *diag.Diagnostics) bool {
	if diags.HasError() {
		return false
	}
	if name := plan.Name.ValueString(); !isName(name) || len(name) > longestIdentifier {
		diags.AddError("Template database "+name, "its name must be 1 to 63 bytes that can be shown: PostgreSQL cuts a longer one off")
		return false
	}
	if err := r.databases.EnsureTemplate(ctx, plan.template()); err != nil {
		diags.AddError("Template database "+plan.Name.ValueString(), err.Error())
		return false
	}
	return true
}

func (r templateDatabase) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state templateDatabaseState
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, ok, err := r.databases.Template(ctx, state.template())
	if err != nil {
		resp.Diagnostics.AddError("Template database "+state.Name.ValueString(), err.Error())
		return
	}
	if !ok {
		resp.State.RemoveResource(ctx)
		return
	}
	state.Extensions, state.Sealed = found.Extensions, types.BoolValue(found.Sealed)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (r templateDatabase) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state templateDatabaseState
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := r.databases.DropTemplate(ctx, state.Name.ValueString()); err != nil {
		resp.Diagnostics.AddError("Template database "+state.Name.ValueString(), err.Error())
	}
}

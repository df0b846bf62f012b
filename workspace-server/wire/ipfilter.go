package wire

// AllowedIPRange is a network that the workspace may be reached from.
type AllowedIPRange struct {
	CIDRBlock   string `json:"cidr_block"`
	Description string `json:"description"`
	Enabled     bool   `json:"enabled"`
	OwnerID     string `json:"owner_id"` // who added it; empty: it wasn't added at this page
}

// Address is where somebody asks from.
type Address struct {
	IP string `json:"ip"`
}

// Installation is what whoever hosts the workspace says of it.
type Installation struct {
	ID              string           `json:"id"`
	State           string           `json:"state"` // stable, or update-in-progress until what was saved is in force everywhere
	AllowedIPRanges []AllowedIPRange `json:"allowed_ip_ranges"`
}

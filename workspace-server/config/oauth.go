package config

// OAuth says whether people may let programs of others act in their name.
type OAuth struct {
	Enabled      bool
	Registration bool // by the programs themselves; nothing where it is not enabled
}

// Registers reports whether programs may make themselves known.
func (o OAuth) Registers() bool { return o.Enabled && o.Registration }

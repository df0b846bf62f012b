package config

// SecondFactors says who is let in only with one. Nobody is where second factors are off, since nobody could set one up.
type SecondFactors struct {
	Enforced bool
	OfGuests bool // too
}

// OwedBy tells whether people, and whether guests, need a second factor.
func (s *Settings) OwedBy() (people, guests bool) {
	people = s.Enabled.SecondFactors && s.SecondFactors.Enforced
	return people, people && s.SecondFactors.OfGuests
}

package api

// remind keeps a reminder of a post, with its time in seconds.
func (a *API) remind(r *Request) (Response, error) {
	in, err := decode[struct {
		TargetTime int64 `json:"target_time"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Reminders.Put(r.Context(), r.User.ID, r.Channel, r.Post, in.TargetTime))
}

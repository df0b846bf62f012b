-- How much of the time that the clock shows nobody has seen pass. What can't be taken back waits until somebody believes it.
alter table clock
    add column doubt_seconds  float8 not null default 0 constraint clock_doubt_check check (doubt_seconds >= 0),
    add column steady_seconds float8 not null default 0, -- for how long workers have seen it go on evenly since it leapt last
    add column leapt_at       timestamptz;               -- what it showed then

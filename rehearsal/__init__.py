"""A night told in advance: the real workflow and alert on a clock that can be skipped, with simulated phones."""

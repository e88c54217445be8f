"""A night told in advance: the real workflow and the real alert on a clock that can be skipped, with simulated phones."""

"""The rules of Golden Hour: pure functions and plain models. No I/O, no clock, no Temporal; `now` is passed in."""

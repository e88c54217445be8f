"""The ladder on paper: for the night on which no machine answers."""

"""The pages that people use: rendered here, working without JavaScript."""

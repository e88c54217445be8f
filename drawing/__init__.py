"""Pictures of what the engine plans and does, as SVG: pure functions of policies and of what happened."""

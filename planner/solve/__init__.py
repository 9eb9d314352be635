"""The solve stage: a Pyomo model and options in, an `Outcome` out. It knows nothing of instances."""

"""Prepare: an instance becomes index lists and floats by node, ready for the model."""

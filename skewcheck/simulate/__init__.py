"""Simulations: the power of an audit, injected faults, the demo."""

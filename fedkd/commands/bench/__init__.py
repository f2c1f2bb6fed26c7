"""Measure: this machine, federations beside other frameworks, and what single parts of distillation are good for."""

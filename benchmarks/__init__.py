"""Benchmarks: one module a measure, whose ``main`` measures, prints, and writes its part of docs/benchmarks.md."""

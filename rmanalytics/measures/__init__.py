"""Measures: tables in, one new result out; pure, without files, thresholds for others or drawings.

Each module is one topic. Every measure returns an `Estimate`, a `NotEstimable` with its reason, or a `Curve`.
"""

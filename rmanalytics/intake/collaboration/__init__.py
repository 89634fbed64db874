"""Collaboration events of any size in Parquet, counted into ties."""

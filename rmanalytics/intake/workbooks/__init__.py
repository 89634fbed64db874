"""Workbooks and Parquet: looked through before a library reads their values."""

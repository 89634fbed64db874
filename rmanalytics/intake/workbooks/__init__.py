"""Workbooks: xlsx and ods, looked through before a library reads their values."""

"""The slides as PowerPoint: native, editable charts, tables and texts; needs python-pptx (the extra office)."""

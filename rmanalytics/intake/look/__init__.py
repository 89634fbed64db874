"""Looking at a folder of exports: what each file seems to be, which column is which, and how sure one can be."""

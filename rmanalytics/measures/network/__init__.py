"""The company's network: do the generations talk to each other, and does the programme change that?

Unit of analysis: the person. Ties are directed and imposed ties are the caller's to take out (`without_pairs`).
"""

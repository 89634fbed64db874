"""Value: what the programme and a gain cost, and what is said of the employer."""

"""Value: costs, what the gain is worth, employer branding."""

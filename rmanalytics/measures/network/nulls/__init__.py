"""What chance alone would give: groups or ties dealt out anew, by drawing and in closed form."""

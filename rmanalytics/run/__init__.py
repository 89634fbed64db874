"""Running the notebooks unattended and publishing what they show.

The command's process holds the lock, checks and publishes; a worker process of its own runs the notebooks.
"""

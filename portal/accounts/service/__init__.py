"""The deeds around accounts, each verb in the file of its matter."""

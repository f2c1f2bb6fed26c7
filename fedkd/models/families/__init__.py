"""The built-in families, one file each: the file's name is the family's, and it defines `FAMILY`."""

"""The commands of this floor, one file each; pyproject.toml lists them under `fedkd.commands`."""

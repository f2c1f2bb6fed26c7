"""Names of the folders and files of kits."""

AUTHORITY, ADMIN, AGGREGATOR = "authority", "admin", "aggregator"
KIT, SCENARIO, PUBLIC, MEMBERS, STATE = "kit.yaml", "scenario.yaml", "public.npz", "members.json", "state"
DATA, TEST = "data.npz", "test.npz"
SUPERNODES = "supernodes"

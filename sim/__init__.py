"""The ground floor: time, links, devices, worlds. It knows nothing of learning."""

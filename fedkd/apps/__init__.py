"""What runs inside Flower: a ServerApp and a ClientApp, for its simulation and for real machines."""
